/**
 * @file Where the model zoos differ in what weights do not show. The same weights with another zoo's frame
 * rule, normalisation or pooling give plausible, wrong scores, so each zoo is a named set of conventions.
 */
import { checkArguments } from '@slowfast/core';
import type { FrameRule, Preprocessing, SamplingPreset } from '@slowfast/core';
import type { NonLocalOptions } from '@slowfast/backbones';
import type { ClassActivation, RoiHeadOptions } from '@slowfast/heads';
import type { DatasetInfo } from './datasets.js';

/** A code base that trained and published models; Caffe2 files are `pyslowfast`'s. */
export type ModelZoo = 'pyslowfast' | 'pytorchvideo' | 'mmaction2' | 'gluoncv';

/** What all models of a zoo have in common. */
export interface ZooConventions {
  readonly sampling: SamplingPreset;
  /** Which frames of the raw clip the Slow pathway gets. */
  readonly frameRule: FrameRule;
  readonly mean: Preprocessing['mean'];
  readonly std: Preprocessing['std'];
  /** Whether clips are segments, and frames those of pictures, for the data sets that say so, as in PySlowFast. */
  readonly followsDatasets: boolean;
  /** Batch norm and ReLU after the lateral convolution. */
  readonly lateralNorm: boolean;
  /** Kernel of the lateral convolution for depth 101, where α is 4, in frames. */
  readonly lateralKernelR101: number;
  /** Pooling before the classifier: the train crop's window at every position, or the whole extent. */
  readonly pool: 'window' | 'global';
  /** What non-local blocks take the maximum of: {@link NonLocalOptions.poolOf}. */
  readonly nonLocalPoolOf: NonNullable<NonLocalOptions['poolOf']>;
  /** The order in which the classifier reads the pathways. */
  readonly headOrder: readonly ('slow' | 'fast')[];
  /** Whether the network ends with the activation, or leaves it to the caller. */
  readonly endsWithActivation: boolean;
  /** How people in boxes are classified; absent where the zoo has no such models. */
  readonly regions?: RegionConventions;
}

/** What a zoo's detectors have in common. */
export interface RegionConventions extends Pick<
  RoiHeadOptions<string>,
  'bins' | 'aligned' | 'resizeFrames' | 'dropoutAt'
> {
  /** Dilation of res5, which has stride 1. */
  readonly dilation: number;
  /** Whether class 0 is the background. */
  readonly background: boolean;
}

/** Detectron's: PySlowFast and PyTorchVideo; `aligned` is that of all published files. */
const DETECTRON: RegionConventions = {
  dilation: 2,
  background: false,
  bins: [7, 7],
  aligned: false,
};

const UNIT = { mean: [0.45, 0.45, 0.45], std: [0.225, 0.225, 0.225] } as const;
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** The conventions of each zoo, at the commits that `checkpoint` support was written against. */
export const ZOO_CONVENTIONS: Readonly<Record<ModelZoo, ZooConventions>> = {
  pyslowfast: {
    sampling: 'pyslowfast',
    frameRule: 'linspace',
    ...UNIT,
    followsDatasets: true,
    lateralNorm: true,
    lateralKernelR101: 5,
    pool: 'window',
    nonLocalPoolOf: 'features',
    headOrder: ['slow', 'fast'],
    endsWithActivation: true,
    regions: DETECTRON,
  },
  pytorchvideo: {
    sampling: 'pytorchvideo',
    frameRule: 'linspace',
    ...UNIT,
    followsDatasets: true,
    lateralNorm: true,
    lateralKernelR101: 5,
    pool: 'window',
    nonLocalPoolOf: 'features',
    headOrder: ['slow', 'fast'],
    endsWithActivation: false,
    regions: DETECTRON,
  },
  mmaction2: {
    sampling: 'mmaction2',
    frameRule: 'stride',
    ...IMAGENET,
    followsDatasets: false,
    lateralNorm: false,
    lateralKernelR101: 7,
    pool: 'global',
    nonLocalPoolOf: 'embeddings',
    headOrder: ['fast', 'slow'],
    endsWithActivation: false,
    regions: {
      dilation: 1,
      background: true,
      bins: [8, 8],
      aligned: true,
      resizeFrames: true,
      dropoutAt: 'features',
    },
  },
  gluoncv: {
    sampling: 'mmaction2',
    frameRule: 'stride',
    ...IMAGENET,
    followsDatasets: false,
    lateralNorm: true,
    lateralKernelR101: 5,
    pool: 'global',
    nonLocalPoolOf: 'features',
    headOrder: ['slow', 'fast'],
    endsWithActivation: false,
  },
};

/** What {@link preprocessingOf} needs to know of a network. */
export interface PreprocessingOptions {
  readonly zoo: ZooConventions;
  readonly dataset: DatasetInfo;
  /** Raw clip: frames, and distance between them in raw frames. */
  readonly frames: number;
  readonly stride: number;
  /** T of each pathway. */
  readonly pathways: Readonly<Record<string, number>>;
  /** Side of the test crop in pixels; for people in boxes the short side of the whole frame. */
  readonly size: number;
  /** Name of the label set, where the classes are the data set's. */
  readonly labels: string | undefined;
}

/** The preprocessing of a network under a zoo's rules. The zoos test at the scale of the crop: short side = crop. */
export function preprocessingOf(options: PreprocessingOptions): Preprocessing {
  checkArguments('preprocessingOf', { options: [options, 'object'] });

  const { zoo, dataset, frames, stride, pathways, size, labels } = options;
  const rule = zoo.frameRule;
  return {
    clip: {
      frames,
      stride,
      fps: (zoo.followsDatasets ? dataset.fps : undefined) ?? 30,
      ...(dataset.segments && zoo.followsDatasets ? { segments: true } : {}),
    },
    sampling: zoo.sampling,
    pathways: Object.fromEntries(
      Object.entries(pathways).map(([name, T]) => [name, { frames: T, rule }]),
    ),
    resize: size,
    crop: size,
    mean: zoo.mean,
    std: zoo.std,
    // Of Charades and Something-Something, too: PySlowFast's `REVERSE_INPUT_CHANNEL` turns what OpenCV reads from pictures, BGR.
    channelOrder: 'rgb',
    activation: zoo.endsWithActivation || dataset.regions ? 'none' : dataset.activation,
    views: {
      clips: dataset.views.clips,
      crops: dataset.views.crops,
      // PySlowFast sums over views: the same ranking, but no probabilities.
      combine: dataset.combine ?? 'mean',
    },
    ...(labels === undefined ? {} : { labels }),
  };
}

/** The activation inside the network: the data set's, unless the zoo leaves it to the caller. */
export function headActivation(zoo: ZooConventions, dataset: DatasetInfo): ClassActivation {
  return zoo.endsWithActivation ? dataset.activation : 'none';
}

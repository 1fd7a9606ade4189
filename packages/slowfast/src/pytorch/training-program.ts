/** @file From a model, or from a training configuration, to a program that trains on a cluster. */
import { dirname, relative, resolve, sep } from 'node:path';
import { sidesOf, SpecError, type Preprocessing } from '@slowfast/core';
import type { LoadedModel } from '@slowfast/checkpoints';
import type { Program, ProgramClip, ProgramTraining } from '@slowfast/pytorch';
import { frozenParts, layerRates, type Freeze, type TrainingConfig } from '@slowfast/training';
import { augmentation, type ListedClip } from '@slowfast/video';
import { defined } from '../defined.js';
import { metadataOf } from '../train/metadata.js';
import { preparation } from '../train/preparation.js';
import type { RunOptions } from '../train/run-types.js';

/** A program, with what is to be said about it, and the weights to be closed. */
export interface PlannedProgram {
  readonly program: Program;
  /** The order in which the classifier reads the pathways. */
  readonly headOrder: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly notes: readonly string[];
}

/**
 * The program that trains as `slowfast train` would with this configuration: the same network, start, clips, recipe.
 * Throws {@link SpecError} for a configuration or list that is not valid, and for what the program cannot do.
 */
export async function configuredProgram(
  path: string,
  options: Pick<RunOptions, 'onWarning' | 'onNote'>,
): Promise<PlannedProgram> {
  const { config, fitted, lists, network, start, from } = await preparation(path, options);
  const { model, preprocessing } = network;
  checkPathways(preprocessing);
  const { data } = config;
  const clips = [...lists.train.clips, ...(lists.test?.clips ?? [])];
  const pictures = clips.find(({ frames }) => frames !== undefined);
  if (pictures) {
    throw new SpecError({
      site: 'data.train',
      expected: 'videos for PyTorch',
      received: `pictures (${pictures.path})`,
    });
  }
  const root = commonFolder(clips.map((clip) => resolve(clip.path)));
  const listed = (list: readonly ListedClip[]): readonly ProgramClip[] =>
    list.map((clip) => ({
      path: relative(root, resolve(clip.path)).split(sep).join('/'),
      labels: clip.labels,
    }));
  const { freeze, freezeBatchNorm = false } = config.model;
  if (config.train.probe !== undefined) {
    throw new SpecError({
      site: 'train.probe',
      expected: 'nothing for PyTorch',
      received: `${config.train.probe}`,
      remedy: 'Train the probe here, and export with its weights',
    });
  }
  const { layerDecay, rates } = config.train;
  const rateOf = layerRates(model.graph, defined({ layerDecay, rates }));
  const factors = [...model.graph.params.keys()].map((name) => [name, rateOf(name)] as const);
  const training: ProgramTraining = {
    name: config.name,
    output: 'run',
    seed: config.seed,
    network: {
      inputs: Object.keys(model.graph.inputs),
      classes: lists.classes,
      ...defined({ labels: lists.labels }),
      frozen: freeze === undefined ? [] : frozenParts(model.graph, freeze as Freeze),
      fixedStatistics: freezeBatchNorm,
      rates: Object.fromEntries(factors.filter(([, factor]) => factor !== 1)),
    },
    preprocessing,
    data: { ...dataOf(data), root, ...(lists.test ? { test: 'test.csv' } : {}) },
    train: config.train,
    evaluate: config.evaluate ?? {},
    checkpoint: config.checkpoint ?? {},
  };
  const program: Program = {
    model,
    weights: start.weights,
    metadata: metadataOf(fitted, network, lists),
    training,
    lists: {
      train: listed(lists.train.clips),
      ...(lists.test ? { test: listed(lists.test.clips) } : {}),
    },
  };
  return {
    program,
    headOrder: training.network.inputs,
    preprocessing,
    notes: notesOf(config, from(config.output)),
  };
}

const notesOf = ({ train }: TrainingConfig, output: string): readonly string[] => [
  `the run goes into run/ beside train.py, not into ${output}; --output chooses another`,
  ...(train.multigrid === undefined
    ? []
    : [
        `train.multigrid ${train.multigrid} is not carried over to train.py: it takes whole clips for ${train.epochs} epochs`,
      ]),
];

/**
 * The program of a loaded model with a recipe to start from: the paper's for weights that were drawn, shorter and
 * gentler for trained ones. A detector has no training program: its folder holds the network and the weights.
 */
export function modelProgram({
  entry,
  weights,
  metadata,
  fileMetadata,
}: LoadedModel): PlannedProgram {
  const { model } = entry;
  const program: Program = { model, weights, metadata: fileMetadata };
  const { preprocessing } = metadata;
  const { headOrder } = entry;
  const inputs = Object.keys(model.graph.inputs);
  if (inputs.some((name) => !(name in preprocessing.pathways))) {
    return {
      program,
      headOrder,
      preprocessing,
      notes: ['detectors are not trained by train.py: the folder has the network and its weights'],
    };
  }
  checkPathways(preprocessing);
  const classes = model.graph.outputs.scores.type.shape[1] as number;
  const { clip, crop, stretch, mean, std, channelOrder } = preprocessing;
  const isMulti = metadata.labels !== undefined && preprocessing.activation === 'sigmoid';
  const data = dataOf({
    ...{ frames: clip.frames, stride: clip.stride, fps: clip.fps, flip: true },
    size: stretch ?? crop,
    aspect: stretch ? 'stretch' : 'keep',
    ...{ mean, std },
  });
  const notes =
    preprocessing.sampling === 'pyslowfast'
      ? []
      : [
          `clips are sampled as PySlowFast does, not as ${preprocessing.sampling}: scores differ a little`,
        ];
  const training: ProgramTraining = {
    name: entry.name,
    output: 'run',
    seed: 0,
    network: {
      inputs,
      classes,
      ...defined({ labels: metadata.labels }),
      frozen: [],
      fixedStatistics: false,
    },
    preprocessing,
    data: { ...data, root: '.', test: 'test.csv', channelOrder },
    train: {
      ...(metadata.trained ? FINE_TUNING : PAPER),
      ...(isMulti ? { loss: { kind: 'binary-cross-entropy' } } : {}),
    },
    evaluate: { every: 5 },
    checkpoint: {},
  };
  return { program: { ...program, training }, headOrder, preprocessing, notes };
}

/** The paper's appendix, on Kinetics: 64 clips a step. */
const PAPER = {
  epochs: 196,
  batch: 64,
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
  schedule: { kind: 'cosine', lr: 0.1, warmupEpochs: 34, warmupLr: 0.01 },
};

const FINE_TUNING = {
  epochs: 30,
  batch: 64,
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
  schedule: { kind: 'cosine', lr: 0.01, warmupEpochs: 1 },
};

type ConfiguredData = Pick<
  TrainingConfig['data'],
  'frames' | 'stride' | 'fps' | 'size' | 'aspect' | 'flip'
> &
  Partial<TrainingConfig['data']>;

/** What clips are made of, with nothing left open. */
function dataOf(data: ConfiguredData): Omit<ProgramTraining['data'], 'root'> {
  const { frames, stride, fps, size, scale, inverseScale, ratio, speed, mean, std, colour } = data;
  const { brightness, contrast, saturation } = colour ?? {};
  const { clip, ...rest } = augmentation({
    clip: { frames, stride, fps },
    crop: sidesOf(size),
    aspect: data.aspect,
    flip: data.flip,
    colour: defined({ brightness, contrast, saturation }),
    ...defined({ scale, inverseScale, ratio, speed, mean, std }),
  });
  return { train: 'train.csv', ...rest, frames: clip.frames, stride: clip.stride, fps: clip.fps };
}

function checkPathways({ pathways, clip }: Preprocessing): void {
  const other = Object.entries(pathways).find(([, { input }]) => input !== undefined);
  if (!other && !clip.segments) return;
  const what = { flow: 'optical flow', sound: 'sound', pose: 'skeletons' } as const;
  throw new SpecError({
    site: other ? `pathway ${other[0]}` : 'data',
    expected: 'clips of colour for PyTorch',
    received: other ? what[other[1].input!] : 'frames of equal parts of a video',
  });
}

/** The folder that all paths are in. */
function commonFolder(paths: readonly string[]): string {
  return paths
    .map((path) => dirname(path))
    .reduce((a, b) => {
      const [first, second] = [a.split(sep), b.split(sep)];
      const end = first.findIndex((part, i) => part !== second[i]);
      return end < 0 ? a : first.slice(0, end).join(sep) || sep;
    });
}

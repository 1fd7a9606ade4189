/** @file The published models by name: the only map from strings to models. */
import type { NonLocalOptions, NonLocalPlan } from '@slowfast/backbones';
import {
  nearestNames,
  sidesOf,
  SpecError,
  type LateralConnection,
  type Model,
  type Pathways,
  type Preprocessing,
  type Size,
} from '@slowfast/core';
import { timeStridedConv, timeStridedSample, timeToChannel } from '@slowfast/fusion';
import {
  ARCHITECTURES,
  type Architecture,
  type ModelName,
  type OnePathwayArchitecture,
  type SlowFastArchitecture,
} from './architectures.js';
import { DATASETS, type Dataset, type DatasetInfo } from './datasets.js';
import {
  onePathwayNetwork,
  slowFastNetwork,
  type NetworkOptions,
  type SlowFastNetworkOptions,
} from './networks.js';
import { publishedAccuracy, type PublishedAccuracy } from './published-accuracy.js';
import {
  headActivation,
  preprocessingOf,
  ZOO_CONVENTIONS,
  type ModelZoo,
  type RegionConventions,
  type ZooConventions,
} from './zoos.js';

/** Lateral connections by the paper's names (Table 5a). */
export type LateralName = 't-conv' | 't-sample' | 'ttoc-concat' | 'ttoc-sum' | 'none';

/** Options of {@link catalogModel}; without any, the model is the one that PySlowFast tests on Kinetics-400. */
export interface CatalogOptions {
  /** Whose weights it shall take: decides preprocessing, classifier and lateral details. Default `pyslowfast`. */
  readonly zoo?: ModelZoo;
  /** Decides classes, activation, labels and test protocol. Default `kinetics400`, or `ava` for people in boxes. */
  readonly dataset?: Dataset;
  /** Number of classes, where it is not the data set's (own weights); there are no labels then. */
  readonly classes?: number;
  /**
   * Side of the square input in pixels; for people in boxes also height and width of the whole frame.
   * Default 256, the crop (and, with boxes, the short side) of the published tests.
   */
  readonly size?: Size;
  /** Side of the crop in training, in pixels: the classifier pools windows of 1/32 of it. Default 224, or `size` if that is less. */
  readonly trainCrop?: number;
  /** T of the raw clip. Default: the published. */
  readonly frames?: number;
  /** Distance of its frames, in frames of the video. Default: the published. */
  readonly stride?: number;
  /** α of two pathways. Default: the published. */
  readonly alpha?: number;
  /** β: channels of Fast over those of Slow. Default 1/8. */
  readonly beta?: number;
  /** Channels of the Slow stem. Default 64. */
  readonly width?: number;
  /** Lateral connection. Default `t-conv`. */
  readonly lateral?: LateralName;
  /** Kernel of the lateral convolution, in frames. Default: the zoo's. */
  readonly lateralKernel?: number;
  /** How non-local blocks weigh positions. Default: the published. */
  readonly nonLocalSimilarity?: NonLocalOptions['similarity'];
  /** Key and value pooling of non-local blocks. Default: the published; 1×2×2 for weights of the zoo's NL files. */
  readonly nonLocalPool?: NonNullable<NonLocalOptions['pool']>;
  /** What turns logits into scores. Default: the data set's. */
  readonly activation?: DatasetInfo['activation'];
  /** Order of the colours in a clip. Default: the zoo's for this data set. */
  readonly channelOrder?: Preprocessing['channelOrder'];
  /** Mean of each colour, of pixels from 0 to 1. Default: the zoo's. */
  readonly mean?: Preprocessing['mean'];
  /** Standard deviation of each colour. Default: the zoo's. */
  readonly std?: Preprocessing['std'];
  /** Whether RoIAlign moves boxes by half an element. Default: as the zoo's published files. */
  readonly aligned?: boolean;
}

/** A published model with all that belongs to it. */
export interface CatalogEntry {
  readonly name: ModelName;
  /** One line on what it is. */
  readonly title: string;
  readonly zoo: ModelZoo;
  readonly dataset: Dataset;
  /** A model for people in boxes has the input `boxes` beside those of its pathways. */
  readonly model: Model<Pathways, 'scores'>;
  /** What the shapes do not show; `preprocessing.labels` names the label set for {@link classLabels}. */
  readonly preprocessing: Preprocessing;
  /** The order in which the classifier reads the pathways' features. */
  readonly headOrder: readonly string[];
  /** Where it was published. */
  readonly reference: string;
  /** Published accuracies of this model on this data set. */
  readonly accuracy: readonly PublishedAccuracy[];
}

const DEFAULTS = {
  zoo: 'pyslowfast',
  dataset: 'kinetics400',
  size: 256,
  trainCrop: 224,
  beta: 1 / 8,
  width: 64,
  lateral: 't-conv',
} as const satisfies CatalogOptions;

type Settled = CatalogOptions & Required<Pick<CatalogOptions, keyof typeof DEFAULTS>>;

/** Names of all models, in the catalog's order. */
export function modelNames(): readonly ModelName[] {
  return Object.keys(ARCHITECTURES) as ModelName[];
}

/** Whether a model of this name exists. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(ARCHITECTURES, name);
}

/**
 * A published model by name. Throws {@link SpecError} with the nearest names for an unknown one, and for
 * options that make no network.
 *
 * @example
 * const { model, preprocessing } = catalogModel('slowfast-8x8-r50', { dataset: 'charades' });
 */
export function catalogModel(name: string, options: CatalogOptions = {}): CatalogEntry {
  const architecture = architectureOf(name);
  const byArchitecture = architecture.regions ? { dataset: 'ava' as const } : {};
  const settled: Settled = { ...DEFAULTS, ...byArchitecture, ...options };
  const zoo = known('zoo', settled.zoo, ZOO_CONVENTIONS);
  const { activation } = settled;
  const published = known('dataset', settled.dataset, DATASETS);
  const dataset = activation === undefined ? published : { ...published, activation };
  checkRegions(name, architecture, settled, dataset, zoo);
  const shortSide = Math.min(...sidesOf(settled.size));
  checkSize('size', shortSide);
  checkSize('trainCrop', settled.trainCrop);
  const { frames = architecture.frames, stride = architecture.stride } = settled;
  checkCount('stride', stride);
  const background = zoo.regions?.background && architecture.regions ? 1 : 0;
  const classes = settled.classes ?? dataset.classes + background;
  const window = Math.floor(Math.min(settled.trainCrop, shortSide) / 32);
  const nonLocal = nonLocalPlan(architecture.nonLocal, settled);
  const network: NetworkOptions = {
    name,
    depth: architecture.depth,
    frames,
    stride,
    size: settled.size,
    width: settled.width,
    head: {
      classes,
      pool: zoo.pool === 'global' ? 'global' : { window: [window, window] },
      activation: headActivation(zoo, dataset),
    },
    ...(nonLocal ? { nonLocal } : {}),
    ...(architecture.regions ? { regions: regionNetwork(zoo.regions!, classes, settled) } : {}),
  };
  const built =
    architecture.kind === 'slowfast'
      ? twoPathways(architecture, network, settled, zoo)
      : onePathway(architecture, network, settled);
  const labelSet = background === 0 ? settled.dataset : 'ava-background';
  const labels = classes === dataset.classes + background ? labelSet : undefined;
  return {
    name: name as ModelName,
    title: architecture.title,
    zoo: settled.zoo,
    dataset: settled.dataset,
    ...built,
    preprocessing: {
      ...preprocessingOf({
        zoo,
        dataset,
        frames,
        stride,
        pathways: Object.fromEntries(
          Object.entries(built.model.pathways).map(([pathway, { frames: T }]) => [pathway, T]),
        ),
        size: shortSide,
        labels,
      }),
      ...colours(settled),
    },
    reference: architecture.reference,
    accuracy: publishedAccuracy(name, settled.dataset),
  };
}

function colours({ channelOrder, mean, std }: Settled): Partial<Preprocessing> {
  return {
    ...(channelOrder === undefined ? {} : { channelOrder }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  };
}

type Built = Pick<CatalogEntry, 'model' | 'headOrder'>;

function twoPathways(
  architecture: SlowFastArchitecture,
  network: NetworkOptions,
  settled: Settled,
  zoo: ZooConventions,
): Built {
  const kernel =
    settled.lateralKernel ??
    (architecture.lateralKernel === 'zoo' ? zoo.lateralKernelR101 : architecture.lateralKernel);
  const lateral = lateralOf(settled.lateral, kernel, zoo.lateralNorm);
  // mmaction2's recogniser joins Fast, then Slow, its detector Slow, then Fast.
  const headOrder = architecture.regions ? (['slow', 'fast'] as const) : zoo.headOrder;
  const model = slowFastNetwork({
    ...network,
    alpha: settled.alpha ?? architecture.alpha,
    beta: settled.beta,
    slowKernels: architecture.slowKernels,
    fastKernels: architecture.fastKernels,
    ...(architecture.fastDepth === undefined ? {} : { fastDepth: architecture.fastDepth }),
    headOrder,
    ...(lateral ? { lateral } : {}),
  });
  return { model, headOrder };
}

function onePathway(
  architecture: OnePathwayArchitecture,
  network: NetworkOptions,
  settled: Settled,
): Built {
  const { pathway, kernels, temporalPool } = architecture;
  const model = onePathwayNetwork({
    ...network,
    pathway,
    temporalKernels: kernels,
    width: pathway === 'fast' ? settled.width * settled.beta : settled.width,
    ...(temporalPool === undefined ? {} : { temporalPool }),
  });
  return { model, headOrder: [pathway] };
}

function lateralOf(
  name: LateralName,
  kernel: number,
  norm: boolean,
): SlowFastNetworkOptions['lateral'] {
  const concat = (via: LateralConnection) => ({ via, merge: 'concat' }) as const;
  switch (name) {
    case 't-conv':
      return concat(timeStridedConv({ kernel, norm, activation: norm ? 'relu' : 'identity' }));
    case 't-sample':
      return concat(timeStridedSample());
    case 'ttoc-concat':
      return concat(timeToChannel());
    case 'ttoc-sum':
      return { via: timeToChannel(), merge: 'sum' };
    case 'none':
      return undefined;
    default:
      throw new SpecError({
        site: 'catalogModel.lateral',
        expected: 'one of t-conv, t-sample, ttoc-concat, ttoc-sum, none',
        received: `'${String(name)}'`,
      });
  }
}

function nonLocalPlan(plan: NonLocalPlan | undefined, settled: Settled): NonLocalPlan | undefined {
  if (!plan) return undefined;
  return {
    after: plan.after,
    similarity: settled.nonLocalSimilarity ?? plan.similarity,
    pool: settled.nonLocalPool ?? plan.pool ?? [1, 2, 2],
  };
}

function architectureOf(name: string): Architecture {
  if (isModelName(name)) return ARCHITECTURES[name];
  throw new SpecError({
    site: 'model',
    expected: `one of the ${modelNames().length} known models`,
    received: `'${name}'`,
    remedy: `The nearest are ${nearestNames(name, modelNames()).join(', ')}`,
  });
}

function regionNetwork(
  { dilation, background: _, ...head }: RegionConventions,
  classes: number,
  { aligned }: Settled,
): NonNullable<NetworkOptions['regions']> {
  return { dilation, head: { ...head, ...(aligned === undefined ? {} : { aligned }), classes } };
}

/** People in boxes need a model made for them, in every respect. */
function checkRegions(
  name: string,
  architecture: Architecture,
  settled: Settled,
  dataset: DatasetInfo,
  zoo: ZooConventions,
): void {
  const detectors = modelNames().filter((model) => architectureOf(model).regions);
  if (architecture.regions !== dataset.regions) {
    throw new SpecError({
      site: `catalogModel.dataset of ${name}`,
      expected: architecture.regions ? 'ava' : 'a data set of whole clips',
      received: `'${settled.dataset}'`,
      remedy: architecture.regions
        ? `For whole clips take ${name.replace(/-ava$/, '')}`
        : `For people in boxes take one of ${detectors.join(', ')}`,
    });
  }
  if (architecture.regions && !zoo.regions) {
    throw new SpecError({
      site: `catalogModel.zoo of ${name}`,
      expected: 'a zoo with models for people in boxes',
      received: `'${settled.zoo}'`,
    });
  }
  const [height, width] = sidesOf(settled.size);
  if (!architecture.regions && height !== width) {
    throw new SpecError({
      site: 'catalogModel.size',
      expected: 'one side of a square input',
      received: `${height}x${width}`,
    });
  }
}

/** Below 32 pixels there is less than one position after res5. */
function checkSize(option: 'size' | 'trainCrop', value: number): void {
  if (Number.isInteger(value) && value >= 32) return;
  throw new SpecError({
    site: `catalogModel.${option}`,
    expected: 'a whole number of at least 32 pixels',
    received: `${value}`,
  });
}

function checkCount(option: 'stride', value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site: `catalogModel.${option}`,
    expected: 'a whole number of at least 1',
    received: `${value}`,
  });
}

function known<T>(site: string, name: string, table: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw new SpecError({
    site: `catalogModel.${site}`,
    expected: `one of ${Object.keys(table).join(', ')}`,
    received: `'${name}'`,
  });
}

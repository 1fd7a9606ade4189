/** @file The published models by name: the only map from strings to models. */
import type { NonLocalOptions, NonLocalPlan } from '@slowfast/backbones';
import {
  checkArguments,
  nearestNames,
  sidesOf,
  SpecError,
  type Model,
  type Pathways,
  type Preprocessing,
  type SkeletonMaps,
  type Size,
  type SoundSampling,
} from '@slowfast/core';
import {
  ARCHITECTURES,
  type Architecture,
  type AudiovisualArchitecture,
  type ModelName,
  type OnePathwayArchitecture,
  type SlowFastArchitecture,
} from './architectures.js';
import { audiovisualNetwork, withSound, type AudiovisualModel } from './audiovisual.js';
import type { BackboneArchitecture } from './backbone-architectures.js';
import { backboneNetwork } from './backbone-network.js';
import { poseNetwork, withSkeleton, type PoseArchitecture, type PoseModel } from './posec3d.js';
import { DATASETS, type Dataset, type DatasetInfo } from './datasets.js';
import {
  onePathwayNetwork,
  slowFastNetwork,
  type FastToSlow,
  type NetworkOptions,
  type OnePathwayModel,
  type SlowFastModel,
} from './networks.js';
import { FAST_INPUTS, pathwayInputs, type FastInput } from './fast-input.js';
import { lateralByName, type LateralName } from './lateral-by-name.js';
import { publishedAccuracy, type PublishedAccuracy } from './published-accuracy.js';
import {
  headActivation,
  preprocessingOf,
  ZOO_CONVENTIONS,
  type ModelZoo,
  type RegionConventions,
  type ZooConventions,
} from './zoos.js';

/** Options of {@link catalogModel}; without any, the model is the one that PySlowFast tests on Kinetics-400. */
export interface CatalogOptions {
  /** Whose weights it shall take: decides preprocessing, classifier and lateral details. Default `pyslowfast`. */
  readonly zoo?: ModelZoo;
  /** Decides classes, activation, labels and test protocol. Default `kinetics400`, or `ava` for people in boxes. */
  readonly dataset?: Dataset;
  /** Number of classes, where it is not the data set's (own weights); there are no labels then. */
  readonly classes?: number;
  /**
   * Side of the square input, or height and width, in pixels. Frames are stretched to an input that is not square, which is
   * their only crop; for people in boxes it is the whole frame.
   * Default: the crop (and, with boxes, the short side) of the published tests, 256 but for X3D.
   */
  readonly size?: Size;
  /** Side of the crop in training, in pixels: the classifier pools windows of 1/32 of it. Default: the published (224 but for X3D), or `size` if that is less. */
  readonly trainCrop?: number;
  /** T of the raw clip. Default: the published. */
  readonly frames?: number;
  /** Distance of its frames, in frames of the video. Default: the published. */
  readonly stride?: number;
  /** α of two pathways. Default: the published. */
  readonly alpha?: number;
  /** β: channels of Fast over those of Slow. Default 1/8. */
  readonly beta?: number;
  /** Channels of the Slow stem. Default 64, X3D's 24. */
  readonly width?: number;
  /** What the Fast pathway sees (paper, Table 5c). Default `rgb`. */
  readonly fastInput?: FastInput;
  /** What a model of skeletons draws; its name says it, so that another is refused. */
  readonly parts?: SkeletonMaps['parts'];
  /** Lateral connection. Default `t-conv`. */
  readonly lateral?: LateralName;
  /** Batch norm and ReLU after the lateral convolution. Default: the zoo's. */
  readonly lateralNorm?: boolean;
  /** Kernel of the lateral convolution, in frames. Default: the zoo's. */
  readonly lateralKernel?: number;
  /** How non-local blocks weigh positions. Default: the published. */
  readonly nonLocalSimilarity?: NonLocalOptions['similarity'];
  /** Key and value pooling of non-local blocks. Default: the published; 1×2×2 for weights of the zoo's NL files. */
  readonly nonLocalPool?: NonNullable<NonLocalOptions['pool']>;
  /** Pooling before the classifier: windows of the training crop, or the whole extent (multigrid). Default: the zoo's. */
  readonly pool?: 'window' | 'global';
  /** What turns logits into scores. Default: the data set's. */
  readonly activation?: DatasetInfo['activation'];
  /** Order of the colours in a clip. Default: the zoo's for this data set. */
  readonly channelOrder?: Preprocessing['channelOrder'];
  /** Frames a second that videos are sampled at. Default 30. */
  readonly fps?: number;
  /** Short side of the frame before it is cropped, in pixels. Default: `size`. */
  readonly resize?: number;
  /** Clips in time and crops in space of a test. Default: the data set's. */
  readonly views?: { readonly clips?: number; readonly crops?: number };
  /** How the scores of views become one. Default: the data set's. */
  readonly combine?: 'mean' | 'max';
  /** Mean of each colour, of pixels from 0 to 1. Default: the zoo's. */
  readonly mean?: Preprocessing['mean'];
  /** Standard deviation of each colour. Default: the zoo's. */
  readonly std?: Preprocessing['std'];
  /** Whether RoIAlign moves boxes by half an element. Default: as the zoo's published files. */
  readonly aligned?: boolean;
  /** How an audiovisual model hears. Default: as the published. */
  readonly sound?: SoundSampling;
  /** How the features of people in boxes are pooled over all frames. Default `avg`. */
  readonly temporalPool?: 'avg' | 'max';
}

/** The models of a kind of architecture, by name. */
type NamesOf<Kind> = {
  [N in ModelName]: (typeof ARCHITECTURES)[N] extends Kind ? N : never;
}[ModelName];

type OnePathwayNames<P extends 'slow' | 'fast'> =
  NamesOf<OnePathwayArchitecture<P>> | (P extends 'slow' ? NamesOf<BackboneArchitecture> : never);
type RegionInputs<N extends ModelName> = [N] extends [NamesOf<{ readonly regions: true }>]
  ? 'boxes'
  : [N] extends [NamesOf<{ readonly regions: false }>]
    ? never
    : string;

/**
 * The model of a name, with the pathways, stages and inputs that it has; of several names of different
 * kinds (a {@link ModelName} that only running shows), one whose pathways are not known to the compiler.
 * `O` is the type of the options: without lateral connections there are no merged features.
 */
export type CatalogModel<N extends ModelName, O extends CatalogOptions = CatalogOptions> = [
  N,
] extends [NamesOf<SlowFastArchitecture>]
  ? SlowFastModel<RegionInputs<N>, O extends { readonly lateral: 'none' } ? never : FastToSlow>
  : [N] extends [NamesOf<AudiovisualArchitecture>]
    ? AudiovisualModel
    : [N] extends [NamesOf<PoseArchitecture>]
      ? PoseModel
      : [N] extends [OnePathwayNames<'slow'>]
        ? OnePathwayModel<'slow', RegionInputs<N>>
        : [N] extends [OnePathwayNames<'fast'>]
          ? OnePathwayModel<'fast', RegionInputs<N>>
          : Model<Pathways, 'scores'>;

/** A published model with all that belongs to it. */
export interface CatalogEntry<M extends Model<Pathways, 'scores'> = Model<Pathways, 'scores'>> {
  readonly name: ModelName;
  /** One line on what it is. */
  readonly title: string;
  readonly zoo: ModelZoo;
  readonly dataset: Dataset;
  /** A model for people in boxes has the input `boxes` beside those of its pathways. */
  readonly model: M;
  /** What the shapes do not show; `preprocessing.labels` names the label set for `classLabels`. */
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
  fastInput: 'rgb',
  lateral: 't-conv',
} as const satisfies CatalogOptions;

type Settings = CatalogOptions & Required<Pick<CatalogOptions, keyof typeof DEFAULTS>>;

/** Names of all models, in the catalog's order. */
export function modelNames(): readonly ModelName[] {
  return Object.keys(ARCHITECTURES) as ModelName[];
}

/** Whether a model of this name exists. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(ARCHITECTURES, name);
}

/**
 * A name that only running shows (a flag, a file) as one of the catalog's. Throws {@link SpecError} with the
 * nearest names for an unknown one.
 *
 * @example
 * const { model } = catalogModel(checkedModelName(process.argv[2] ?? ''));
 */
export function checkedModelName(name: string): ModelName {
  checkArguments('checkedModelName', { name: [name, 'string'] });

  if (isModelName(name)) return name;
  throw new SpecError({
    site: 'model',
    expected: `one of the ${modelNames().length} known models`,
    received: `'${name}'`,
    remedy: `The nearest are ${nearestNames(name, modelNames()).join(', ')}`,
  });
}

/**
 * A published model by name. Its type names the pathways, stages and inputs; for a name that only running shows
 * see {@link checkedModelName}. Throws {@link SpecError} for options that make no network.
 *
 * @example
 * const { model, preprocessing } = catalogModel('slowfast-8x8-r50', { dataset: 'charades' });
 */
export function catalogModel<
  const N extends ModelName,
  const O extends CatalogOptions = Record<never, never>,
>(name: N, options?: O): CatalogEntry<CatalogModel<N, O>> {
  checkArguments('catalogModel', { name: [name, 'string'], options: [options, 'object?'] });

  // The architecture's type says what the model's does; the compiler cannot follow it.
  return entryOf(checkedModelName(name), options ?? {}) as CatalogEntry<CatalogModel<N, O>>;
}

/**
 * The network of a name as it is trained: it ends in logits, also where its zoo's ends in probabilities. Throws as
 * {@link catalogModel}.
 */
export function trainedNetwork(name: ModelName, options: CatalogOptions): CatalogEntry['model'] {
  return entryOf(name, options, 'logits').model;
}

function entryOf(
  name: ModelName,
  options: CatalogOptions,
  end: 'logits' | 'scores' = 'scores',
): CatalogEntry {
  const architecture: Architecture = ARCHITECTURES[name];
  const byArchitecture = {
    ...(architecture.regions ? { dataset: 'ava' as const } : {}),
    ...('defaults' in architecture ? architecture.defaults : {}),
  };
  const settings: Settings = { ...DEFAULTS, ...byArchitecture, ...options };
  const zoo = zooOf(name, architecture, known('zoo', settings.zoo, ZOO_CONVENTIONS), settings);
  const { activation } = settings;
  const published = known('dataset', settings.dataset, DATASETS);
  const dataset = activation === undefined ? published : { ...published, activation };
  checkRegions(name, architecture, settings, dataset, zoo);
  const shortSide = Math.min(...sidesOf(settings.size));
  checkSize('size', shortSide);
  checkSize('trainCrop', settings.trainCrop);
  const { frames = architecture.frames, stride = architecture.stride } = settings;
  checkCount('stride', stride);
  const background = zoo.regions?.background && architecture.regions ? 1 : 0;
  const classes = settings.classes ?? dataset.classes + background;
  const positions = Math.min(settings.trainCrop, shortSide) / 32;
  // X3D counts what its strides give, which is rounded up.
  const isX3d = architecture.kind === 'backbone' && architecture.family === 'x3d';
  const window = isX3d ? Math.ceil(positions) : Math.floor(positions);
  const nonLocal = nonLocalPlan(architecture.nonLocal, settings, zoo);
  checkFastInput(name, architecture, settings);
  checkParts(name, architecture, settings);
  if (settings.sound && architecture.kind !== 'audiovisual') throw deafModel(name);
  // Windows of one size give pathways of different resolution different numbers of positions.
  const pool = FAST_INPUTS[settings.fastInput].isSmaller ? 'global' : zoo.pool;
  const network: Omit<NetworkOptions, 'depth'> = {
    name,
    frames,
    stride,
    size: settings.size,
    width: settings.width,
    fastInput: settings.fastInput,
    channelOrder: settings.channelOrder ?? 'rgb',
    head: {
      classes,
      pool: (settings.pool ?? pool) === 'global' ? 'global' : { window: [window, window] },
      activation: end === 'logits' ? 'none' : headActivation(zoo, dataset),
    },
    ...(nonLocal ? { nonLocal } : {}),
    ...(architecture.regions
      ? { regions: regionNetwork(zoo.regions!, classes, dataset, settings) }
      : {}),
  };
  const built =
    architecture.kind === 'slowfast' || architecture.kind === 'audiovisual'
      ? morePathways(architecture, network, settings, zoo)
      : architecture.kind === 'backbone'
        ? ofBackbone(architecture, network, settings)
        : architecture.kind === 'pose'
          ? { model: poseNetwork(architecture, network), headOrder: ['slow'] }
          : onePathway(architecture, network, settings);
  const labelSet = background === 0 ? settings.dataset : 'ava-background';
  const labels = classes === dataset.classes + background ? labelSet : undefined;
  return {
    name,
    title: architecture.title,
    zoo: settings.zoo,
    dataset: settings.dataset,
    ...built,
    preprocessing: changed(
      ofArchitecture(architecture, {
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
      settings,
      architecture.regions ? undefined : stretchOf(settings.size),
    ),
    reference: architecture.reference,
    accuracy: publishedAccuracy(name, settings.dataset),
  };
}

/** What a network's preprocessing is by its zoo, its data set and what it sees. */
function ofArchitecture(
  architecture: Architecture,
  options: Parameters<typeof preprocessingOf>[0],
): Preprocessing {
  const preprocessing = preprocessingOf(options);
  return architecture.kind === 'pose' ? withSkeleton(preprocessing, architecture) : preprocessing;
}

/** What the options say instead. */
function changed(
  preprocessing: Preprocessing,
  { channelOrder, mean, std, fps, resize, views, combine, fastInput, sound }: Settings,
  stretch: Preprocessing['stretch'],
): Preprocessing {
  if (stretch && views?.crops === 3) {
    throw new SpecError({
      site: 'catalogModel.views',
      expected: 'one crop, since frames are stretched to an input that is not square',
      received: '3 crops',
    });
  }
  if (preprocessing.skeleton && views?.crops === 3) {
    throw new SpecError({
      site: 'catalogModel.views',
      expected: '1 crop, or 2 with the mirror image, since skeletons fill their crop',
      received: '3 crops',
    });
  }
  const heard = withSound(preprocessing, sound);
  return {
    ...heard,
    pathways: pathwayInputs(heard.pathways, fastInput),
    ...(stretch ? { stretch } : {}),
    clip: { ...preprocessing.clip, ...(fps === undefined ? {} : { fps }) },
    views: {
      ...preprocessing.views,
      ...(stretch ? { crops: 1 } : {}),
      ...views,
      ...(combine === undefined ? {} : { combine }),
    },
    ...(resize === undefined ? {} : { resize }),
    ...(channelOrder === undefined ? {} : { channelOrder }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  };
}

type Built = Pick<CatalogEntry, 'model' | 'headOrder'>;

function morePathways(
  architecture: SlowFastArchitecture | AudiovisualArchitecture,
  network: Omit<NetworkOptions, 'depth'>,
  settings: Settings,
  zoo: ZooConventions,
): Built {
  const kernel =
    settings.lateralKernel ??
    (architecture.lateralKernel === 'zoo' ? zoo.lateralKernelR101 : architecture.lateralKernel);
  const { lateralNorm = zoo.lateralNorm } = settings;
  const { fastInput } = settings;
  const lateral = lateralByName(settings.lateral, { kernel, norm: lateralNorm, fastInput });
  // mmaction2's recogniser joins Fast, then Slow, its detector Slow, then Fast.
  const headOrder = architecture.regions ? (['slow', 'fast'] as const) : zoo.headOrder;
  const options = {
    ...network,
    depth: architecture.depth,
    alpha: settings.alpha ?? architecture.alpha,
    beta: settings.beta,
    slowKernels: architecture.slowKernels,
    fastKernels: architecture.fastKernels,
    ...(architecture.fastDepth === undefined ? {} : { fastDepth: architecture.fastDepth }),
    ...(lateral ? { lateral } : {}),
  };
  return architecture.kind === 'audiovisual'
    ? {
        model: audiovisualNetwork({
          ...{ ...options, ...audioDepth(architecture) },
          ...(settings.sound ? { sound: settings.sound } : {}),
        }),
        headOrder: ['slow', 'fast', 'audio'],
      }
    : { model: slowFastNetwork({ ...options, headOrder }), headOrder };
}

function ofBackbone(
  architecture: BackboneArchitecture,
  network: Omit<NetworkOptions, 'depth'>,
  { zoo }: Settings,
): Built {
  return { model: backboneNetwork(architecture, { ...network, zoo }), headOrder: ['slow'] };
}

function onePathway(
  architecture: OnePathwayArchitecture,
  network: Omit<NetworkOptions, 'depth'>,
  settings: Settings,
): Built {
  const { pathway, kernels, temporalPool, stemTemporalStrides } = architecture;
  const model = onePathwayNetwork({
    ...network,
    depth: architecture.depth,
    pathway,
    temporalKernels: kernels,
    width: pathway === 'fast' ? settings.width * settings.beta : settings.width,
    ...(temporalPool === undefined ? {} : { temporalPool }),
    ...(stemTemporalStrides === undefined ? {} : { stemTemporalStrides }),
  });
  return { model, headOrder: [pathway] };
}

/** The zoo's conventions as they are for an architecture. */
function zooOf(
  name: string,
  architecture: Architecture,
  zoo: ZooConventions,
  settings: Settings,
): ZooConventions {
  if (!('zoos' in architecture)) return zoo;
  const zoos: readonly ModelZoo[] = architecture.zoos;
  if (!zoos.includes(settings.zoo)) {
    throw new SpecError({
      site: `catalogModel.zoo of ${name}`,
      expected: `${zoos.length > 1 ? 'one of ' : ''}${zoos.join(', ')}, whose conventions for it are known`,
      received: `'${settings.zoo}'`,
    });
  }
  if (architecture.kind === 'pose') return zoo;
  return {
    ...zoo,
    endsWithActivation: architecture.endsWithActivation ?? zoo.endsWithActivation,
    ...architecture.normalisation?.[settings.zoo],
  };
}

const deafModel = (name: string): SpecError =>
  new SpecError({
    site: 'catalogModel.sound',
    expected: 'a model that hears',
    received: name,
    remedy: 'Take one with the prefix av, or leave sound out',
  });

const audioDepth = ({
  audioDepth: depth,
}: AudiovisualArchitecture): Pick<AudiovisualArchitecture, 'audioDepth'> =>
  depth === undefined ? {} : { audioDepth: depth };

/** Whether there is a Fast pathway to see it. */
function checkFastInput(name: string, architecture: Architecture, { fastInput }: Settings): void {
  known('fastInput', fastInput, FAST_INPUTS);
  if (fastInput === 'rgb') return;
  if (architecture.kind !== 'one-pathway' || architecture.pathway === 'fast') return;
  throw new SpecError({
    site: `catalogModel.fastInput of ${name}`,
    expected: 'a model with a Fast pathway',
    received: `'${fastInput}'`,
  });
}

/** Whether it draws these parts of skeletons. */
function checkParts(name: string, architecture: Architecture, { parts }: Settings): void {
  const own = architecture.kind === 'pose' ? architecture.parts : undefined;
  if (parts === undefined || parts === own) return;
  throw new SpecError({
    site: `catalogModel.parts of ${name}`,
    expected: own ? `'${own}', which the model is of` : 'nothing, since it sees no skeletons',
    received: `'${parts}'`,
  });
}

function nonLocalPlan(
  plan: NonLocalPlan | undefined,
  settings: Settings,
  zoo: ZooConventions,
): NonLocalPlan | undefined {
  if (!plan) return undefined;
  return {
    after: plan.after,
    similarity: settings.nonLocalSimilarity ?? plan.similarity,
    pool: settings.nonLocalPool ?? plan.pool ?? [1, 2, 2],
    poolOf: zoo.nonLocalPoolOf,
  };
}

function regionNetwork(
  { dilation, background: _, ...head }: RegionConventions,
  classes: number,
  { activation }: DatasetInfo,
  { aligned = head.aligned, temporalPool = 'avg' }: Settings,
): NonNullable<NetworkOptions['regions']> {
  const own = { classes, activation, temporalPool, ...(aligned === undefined ? {} : { aligned }) };
  return { dilation, head: { ...head, ...own } };
}

/** People in boxes need a model made for them, in every respect. */
function checkRegions(
  name: string,
  architecture: Architecture,
  settings: Settings,
  dataset: DatasetInfo,
  zoo: ZooConventions,
): void {
  const detectors = modelNames().filter((model) => ARCHITECTURES[model].regions);
  if (architecture.regions !== (dataset.regions ?? false)) {
    throw new SpecError({
      site: `catalogModel.dataset of ${name}`,
      expected: architecture.regions ? 'ava' : 'a data set of whole clips',
      received: `'${settings.dataset}'`,
      remedy: architecture.regions
        ? `For whole clips take ${name.replace(/-ava$/, '')}`
        : `For people in boxes take one of ${detectors.join(', ')}`,
    });
  }
  if (architecture.regions && !zoo.regions) {
    throw new SpecError({
      site: `catalogModel.zoo of ${name}`,
      expected: 'a zoo with models for people in boxes',
      received: `'${settings.zoo}'`,
    });
  }
}

/** Height and width of an input that is not square. */
function stretchOf(size: Size): Preprocessing['stretch'] {
  const sides = sidesOf(size);
  return sides[0] === sides[1] ? undefined : sides;
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
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry !== undefined) return entry;
  throw new SpecError({
    site: `catalogModel.${site}`,
    expected: `one of ${Object.keys(table).join(', ')}`,
    received: `'${name}'`,
  });
}

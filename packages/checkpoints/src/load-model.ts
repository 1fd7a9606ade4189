/** @file A model with its weights, preprocessing and labels, from a name, a checkpoint, or both. */
import {
  BOUNDS,
  PREPROCESSING_KEY,
  SpecError,
  WeightError,
  checkArguments,
  checkWeights,
  clipNumbers,
  initialWeights,
  sidesOf,
  type ByteSource,
  type ModelMetadata,
  type Preprocessing,
  type WeightStore,
} from '@slowfast/core';
import { ARCHITECTURES } from '@slowfast/models';
import {
  catalogModel,
  checkedModelName,
  isModelName,
  type CatalogEntry,
  type CatalogOptions,
} from '@slowfast/models';
import { loadCheckpoint, type LoadedCheckpoint } from './load-checkpoint.js';
import { archOf, fittingModel, isHead, withInitialHead } from './fitting-model.js';
import type { Zoo } from './names/zoo-grammars.js';
import { DATASETS, type Dataset } from '@slowfast/models';
import { DEFAULT_MODEL, DEFAULT_MODEL_TITLE, defaultWeights } from '@slowfast/models';
import { classLabels } from '@slowfast/models';
import { readPySlowFastConfig, type PySlowFastConfig } from './pyslowfast-config.js';
import { storedOptions, TRAINED_METADATA_KEY, WEIGHTS_METADATA_KEY } from './stored-options.js';
import {
  describedNetwork,
  NETWORK_METADATA_KEY,
  type DescribedNetwork,
} from './trained-weights.js';
import type { ModelZoo } from '@slowfast/models';

/** What to say in place of weights where untrained ones will do. */
const INITIALISED = 'initialised';

/** Options of {@link loadModel}; those of the catalog override what a checkpoint says of itself. */
export interface LoadModelOptions extends CatalogOptions {
  /**
   * Name in the catalog, or `DEFAULT_MODEL`. Default: what the weights say, or the only model that they
   * fit; the default model where there are no weights either.
   */
  readonly model?: string;
  /**
   * A checkpoint of any zoo and container, or this project's safetensors; or `'initialised'`: drawn at random by
   * `seed`, so that scores mean nothing. Default: those of the default model; another needs some.
   */
  readonly weights?: ByteSource | typeof INITIALISED;
  /**
   * `initialised` draws the classifier anew where the weights have none, for features and fine-tuning: its
   * scores mean nothing, and the model's metadata say `trained: false`. Default: such weights are an error.
   */
  readonly head?: 'initialised';
  /** Seed of what is `'initialised'`; default 0. */
  readonly seed?: number;
  /**
   * The text of the PySlowFast configuration (YAML) that the weights were trained with, in place of the one in the file:
   * those of the zoo's `.pkl` have none. The other options override it.
   */
  readonly config?: string;
}

/** A model with what is known about it: of the catalog, or trained with `slowfast train`. */
export interface ModelEntry extends Pick<
  CatalogEntry,
  'title' | 'model' | 'preprocessing' | 'headOrder' | 'reference' | 'accuracy'
> {
  readonly name: string;
  /** Whose variant it is, and of which data set, in the catalog. */
  readonly zoo?: ModelZoo;
  readonly dataset?: Dataset;
}

/** A model ready to compile: `runtime.compile(loaded.entry.model, loaded.weights, { metadata: loaded.metadata })`. */
export interface LoadedModel {
  readonly entry: ModelEntry;
  readonly weights: WeightStore;
  /** Preprocessing, labels, and whether the weights were trained. */
  readonly metadata: ModelMetadata & Required<Pick<ModelMetadata, 'preprocessing' | 'trained'>>;
  /** The checkpoint behind the weights, if there is one. */
  readonly checkpoint?: LoadedCheckpoint;
  /** What was concluded and not said, one sentence each. */
  readonly notes: readonly string[];
  /** The options that give this model again. */
  readonly options: CatalogOptions & { readonly model: string };
  /** What a file of these weights has to say, so that this function gives this model again. */
  readonly fileMetadata: Readonly<Record<string, string>>;
}

/**
 * Loads a model; the one that comes with this package where nothing is said. Throws {@link SpecError} when
 * there is no name and the weights do not fit one model only, and for a name without weights, and WeightError for a
 * file that cannot be read or does not fit. Close `weights` after use.
 *
 * @example
 * ```ts
 * const { entry, weights, metadata } = await loadModel({ weights: await fileSource('SLOWFAST_8x8_R50.pyth') });
 * ```
 */
export async function loadModel(options: LoadModelOptions = {}): Promise<LoadedModel> {
  checkArguments('loadModel', { options: [options, 'object'] });
  const { model, weights, seed, head, config, ...choices } = options;
  if (weights === INITIALISED) {
    const { arch, ...configured }: PySlowFastConfig =
      config === undefined ? {} : await readPySlowFastConfig(config);
    const loaded = await initialised(model, { ...configured, ...choices }, seed ?? 0);
    checkArch('config', loaded.entry.name as CatalogEntry['name'], arch);
    return loaded;
  }
  if (seed !== undefined && head === undefined) {
    throw new SpecError({
      site: 'seed',
      expected: "weights 'initialised' beside it",
      received: weights === undefined ? 'no weights' : 'trained weights',
    });
  }
  if (!weights) {
    if (config !== undefined) {
      throw new SpecError({ site: 'config', expected: 'weights beside it', received: 'none' });
    }
    if (model === undefined || model === DEFAULT_MODEL) return withDefaultWeights(choices);
    throw untrained(catalogModel(checkedModelName(model), choices));
  }
  if (typeof weights.read !== 'function') {
    throw new SpecError({
      site: 'weights',
      expected: "a ByteSource or 'initialised'",
      received: typeof weights === 'string' ? `'${weights}'` : typeof weights,
      remedy: 'Open a path with fileSource, a Blob with blobSource, bytes with bytesSource',
    });
  }
  // The store closes the source with it; before there is one, that is up to this function.
  try {
    const checkpoint = await loadCheckpoint(weights, pathwayOption(model));
    const source = { site: weights.name, seed: seed ?? 0, head, config };
    return await trained(model, choices, checkpoint, source);
  } catch (error) {
    await weights.close?.();
    throw error;
  }
}

async function withDefaultWeights(choices: CatalogOptions): Promise<LoadedModel> {
  const loaded = await loadModel({ ...choices, weights: await defaultWeights() });
  const { entry } = loaded;
  const reference = 'assets/ut-interaction/README.md of @slowfast/models';
  return {
    ...loaded,
    entry: { ...entry, name: DEFAULT_MODEL, title: DEFAULT_MODEL_TITLE, reference },
  };
}

/** A name says no weights, and random ones give answers that look like answers. */
function untrained({ name }: CatalogEntry): SpecError {
  return new SpecError({
    site: name,
    expected: 'weights',
    received: 'a name alone',
    remedy:
      'Download a checkpoint of it from the model zoo of PySlowFast, PyTorchVideo, mmaction2 or gluon-cv ' +
      `and give that as weights, or give '${INITIALISED}' for random ones, whose scores mean nothing`,
  });
}

async function initialised(
  model: string | undefined,
  options: CatalogOptions,
  seed: number,
): Promise<LoadedModel> {
  if (model === undefined) {
    throw new SpecError({
      site: 'weights',
      expected: "a model by name beside 'initialised'",
      received: 'none',
    });
  }
  const entry = catalogModel(checkedModelName(model), options);
  checkClip(model, entry.preprocessing, true);
  return {
    entry,
    weights: initialWeights(entry.model.graph, { seed }),
    metadata: { preprocessing: entry.preprocessing, trained: false, ...(await labelsOf(entry)) },
    notes: [],
    ...repeatable(entry, entry.preprocessing, { ...options, model }),
  };
}

function repeatable(
  { headOrder }: ModelEntry,
  preprocessing: Preprocessing,
  options: LoadedModel['options'],
): Pick<LoadedModel, 'options' | 'fileMetadata'> {
  const fileMetadata = {
    [WEIGHTS_METADATA_KEY]: JSON.stringify(options),
    [PREPROCESSING_KEY]: JSON.stringify(preprocessing),
    headOrder: headOrder.join(),
  };
  return { options, fileMetadata };
}

/** A model whose weights describe their network. */
function selfDescribed(
  { model, preprocessing, labels }: DescribedNetwork,
  choices: CatalogOptions,
  checkpoint: LoadedCheckpoint,
  site: string,
): LoadedModel {
  const { parts } = preprocessing.skeleton ?? {};
  // What joints are drawn may be said once more.
  const changed = Object.entries(choices).find(
    ([key, value]) => key !== 'parts' || value !== parts,
  );
  if (changed) {
    throw new SpecError({
      site: changed[0],
      expected: `nothing, since the weights say what network they are of (${site})`,
      received: String(changed[1]),
      remedy: 'Leave it out, or name a model of the catalog',
    });
  }
  checkWeights(model.graph, checkpoint.store, { site });
  const { headOrder, store } = checkpoint;
  const { [NETWORK_METADATA_KEY]: network = '' } = store.metadata ?? {};
  return {
    entry: {
      name: model.name,
      title: 'trained with `slowfast train`',
      reference: site,
      ...{ model, preprocessing, headOrder, accuracy: [] },
    },
    weights: store,
    metadata: { preprocessing, trained: true, ...(labels ? { labels } : {}) },
    checkpoint,
    notes: [],
    options: { model: model.name },
    fileMetadata: {
      [NETWORK_METADATA_KEY]: network,
      [PREPROCESSING_KEY]: JSON.stringify(preprocessing),
      headOrder: headOrder.join(),
    },
  };
}

interface TrainedOptions {
  readonly site: string;
  readonly seed: number;
  readonly head: LoadModelOptions['head'] | undefined;
  readonly config: string | undefined;
}

async function trained(
  model: string | undefined,
  choices: CatalogOptions,
  checkpoint: LoadedCheckpoint,
  { site, seed, head, config: text = checkpoint.config }: TrainedOptions,
): Promise<LoadedModel> {
  const network = describedNetwork(checkpoint.store.metadata, site);
  if (network && (model === undefined || model === network.model.name)) {
    return selfDescribed(network, choices, checkpoint, site);
  }
  const inFile = storedOptions(checkpoint.store.metadata);
  const config: PySlowFastConfig = text === undefined ? {} : await readPySlowFastConfig(text);
  const notes: string[] = besideNote(checkpoint);
  const { arch, ...configured } = config;
  const options = withOneCrop(
    { ...shown(checkpoint), ...configured, ...inFile, ...choices },
    choices,
  );
  const isHeadless = head === 'initialised' && ![...checkpoint.store.names].some(isHead);
  const catalogName = model ?? inFile.model;
  const name = catalogName ?? fittingModel(checkpoint.store, options, config, { site, isHeadless });
  if (catalogName === undefined) {
    notes.push(`The model is taken to be ${name}, the only one that these weights fit`);
  }
  const entry = catalogModel(checkedModelName(name), options);
  checkArch(site, entry.name, arch);
  const { graph } = entry.model;
  // A drawn head stays one in a file that was written with it.
  const isTrained = !isHeadless && checkpoint.store.metadata?.[TRAINED_METADATA_KEY] !== 'false';
  const weights = isHeadless ? withInitialHead(checkpoint.store, graph, seed) : checkpoint.store;
  if (isHeadless)
    notes.push('The weights have no classifier: one was drawn, only features mean something');
  checkWeights(graph, weights, { site });
  if (checkpoint.headOrder.join() !== entry.headOrder.join()) {
    throw new SpecError({
      site,
      expected: `a classifier that reads ${entry.headOrder.join(', then ')} (${entry.zoo})`,
      received: `one that reads ${checkpoint.headOrder.join(', then ')} (${checkpoint.zoo})`,
      remedy: `Leave the zoo out, so that it is taken from the weights`,
    });
  }
  const isChosen = choices.frames !== undefined || choices.size !== undefined;
  checkClip(isChosen ? name : site, entry.preprocessing, isChosen);
  return {
    entry,
    weights,
    metadata: {
      preprocessing: entry.preprocessing,
      trained: isTrained,
      ...(await labelsOf(entry)),
    },
    checkpoint,
    notes,
    ...repeatable(entry, entry.preprocessing, { ...options, model: name }),
  };
}

/** Frames that are stretched to an input have one crop, whatever a configuration says of square ones. */
function withOneCrop<O extends CatalogOptions>(options: O, { views }: CatalogOptions): O {
  const [height, width] = sidesOf(options.size ?? 0);
  if (height === width || views?.crops !== undefined) return options;
  return { ...options, views: { ...options.views, crops: 1 } };
}

/** Networks of the same parameters: 2D networks pool in time or not, by the name of their kind alone. */
function checkArch(site: string, name: CatalogEntry['name'], arch: string | undefined): void {
  const architecture = archOf(ARCHITECTURES[name]);
  if (arch === undefined || architecture === undefined || architecture === arch) return;
  throw new WeightError({
    site: `${site}: cfg: MODEL.ARCH`,
    expected: `${architecture}, which ${name} is`,
    received: arch,
    remedy: 'Name the model that it is, if the catalog has it',
  });
}

/** Tensors that are no part of the network are named: that they do not matter is a conclusion. */
function besideNote({ beside }: LoadedCheckpoint): string[] {
  if (beside.length === 0) return [];
  const names = beside.slice(0, 5).join(', ');
  const rest = beside.length > 5 ? ` and ${beside.length - 5} more` : '';
  return [
    `${beside.length} tensors are no part of the network and were left aside: ${names}${rest}`,
  ];
}

function checkClip(site: string, preprocessing: Preprocessing, isChosen: boolean): void {
  if (clipNumbers(preprocessing) <= BOUNDS.clipNumbers) return;
  const { clip, crop, stretch = [crop, crop] } = preprocessing;
  throw new SpecError({
    site,
    expected: `clips of at most ${BOUNDS.clipNumbers} numbers`,
    received: `3 x ${clip.frames} x ${stretch.join(' x ')}`,
    remedy: isChosen
      ? 'Take fewer frames or a smaller size'
      : 'Give frames or size yourself if the file is right',
  });
}

/** Fast-only checkpoints of PySlowFast name their pathway as Slow-only ones do: the model's name tells. */
function pathwayOption(model: string | undefined): { readonly pathway?: string } {
  if (model === undefined || !isModelName(model)) return {};
  const architecture = ARCHITECTURES[model];
  return architecture.kind === 'one-pathway' ? { pathway: architecture.pathway } : {};
}

const MODEL_ZOOS: Readonly<Record<Zoo, ModelZoo>> = {
  pyslowfast: 'pyslowfast',
  caffe2: 'pyslowfast',
  pytorchvideo: 'pytorchvideo',
  mmaction2: 'mmaction2',
  gluoncv: 'gluoncv',
  slowfast: 'pyslowfast',
};

/** What names and shapes show: zoo, width, β, classes. */
function shown({ zoo, inferred, layout }: LoadedCheckpoint): CatalogOptions {
  const { slow, fast } = inferred.pathways;
  const classes = inferred.head?.classes;
  const isDetector = layout.head === 'detection' || classes === 81;
  const dataset = isDetector ? 'ava' : classes === undefined ? undefined : datasetOf(classes);
  return {
    zoo: MODEL_ZOOS[zoo],
    ...(slow ? { width: slow.stem.channels } : fast ? { width: fast.stem.channels * 8 } : {}),
    ...(inferred.beta === undefined ? {} : { beta: inferred.beta }),
    ...(classes === undefined ? {} : { classes }),
    ...(dataset === undefined ? {} : { dataset }),
  };
}

function datasetOf(classes: number): Dataset | undefined {
  const names = Object.keys(DATASETS) as Dataset[];
  return names.find((name) => DATASETS[name].classes === classes);
}

async function labelsOf({ preprocessing }: CatalogEntry): Promise<Pick<ModelMetadata, 'labels'>> {
  return preprocessing.labels === undefined
    ? {}
    : { labels: await classLabels(preprocessing.labels) };
}

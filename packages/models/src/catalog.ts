/** @file The published models by name: the only map from strings to models. */
import {
  checkArguments,
  sidesOf,
  SpecError,
  type Model,
  type Pathways,
  type Preprocessing,
} from '@slowfast/core';
import {
  ARCHITECTURES,
  type Architecture,
  type AudiovisualArchitecture,
  type ModelName,
  type OnePathwayArchitecture,
  type SlowFastArchitecture,
} from './architectures.js';
import type { AudiovisualModel } from './audiovisual.js';
import type { BackboneArchitecture } from './backbone-architectures.js';
import {
  checkCount,
  checkFastInput,
  checkParts,
  checkRegions,
  checkSize,
  checkSound,
  known,
} from './catalog-checks.js';
import { catalogNetwork, nonLocalPlan, regionNetwork } from './catalog-networks.js';
import { CATALOG_DEFAULTS, type CatalogOptions, type CatalogSettings } from './catalog-options.js';
import { catalogPreprocessing } from './catalog-preprocessing.js';
import { DATASETS, type Dataset } from './datasets.js';
import { FAST_INPUTS } from './fast-input.js';
import { checkedModelName } from './model-names.js';
import type { FastToSlow, NetworkOptions, OnePathwayModel, SlowFastModel } from './networks.js';
import type { PoseArchitecture, PoseModel } from './posec3d.js';
import { publishedAccuracy, type PublishedAccuracy } from './published-accuracy.js';
import { headActivation, ZOO_CONVENTIONS, type ModelZoo, type ZooConventions } from './zoos.js';

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

/**
 * A published model by name. Its type names the pathways, stages and inputs; for a name that only running shows
 * see `checkedModelName`. Throws {@link SpecError} for options that make no network.
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
  const settings: CatalogSettings = { ...CATALOG_DEFAULTS, ...byArchitecture, ...options };
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
  checkSound(name, architecture, settings);
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
  const built = catalogNetwork(architecture, network, settings, zoo);
  const labelSet = background === 0 ? settings.dataset : 'ava-background';
  const labels = classes === dataset.classes + background ? labelSet : undefined;
  return {
    name,
    title: architecture.title,
    zoo: settings.zoo,
    dataset: settings.dataset,
    ...built,
    preprocessing: catalogPreprocessing(
      architecture,
      {
        ...{ zoo, dataset, frames, stride, labels },
        pathways: Object.fromEntries(
          Object.entries(built.model.pathways).map(([pathway, { frames: T }]) => [pathway, T]),
        ),
        size: shortSide,
      },
      settings,
    ),
    reference: architecture.reference,
    accuracy: publishedAccuracy(name, settings.dataset),
  };
}

/** The zoo's conventions as they are for an architecture. */
function zooOf(
  name: string,
  architecture: Architecture,
  zoo: ZooConventions,
  settings: CatalogSettings,
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

/** @file Which model of the catalog weights fit, and what the nearest lacks where they fit none. */
import { c2dPlan, slowPlan } from '@slowfast/backbones';
import {
  checkArguments,
  SlowFastError,
  SpecError,
  WeightError,
  checkWeights,
  initialWeights,
  type Graph,
  type WeightMismatch,
  type WeightStore,
} from '@slowfast/core';
import {
  ARCHITECTURES,
  catalogModel,
  modelNames,
  type Architecture,
  type BackboneArchitecture,
  type CatalogOptions,
  type ModelName,
} from '@slowfast/models';
import type { PySlowFastConfig } from './pyslowfast-config.js';

/** A network of the catalog and how weights differ from it. */
interface Difference {
  readonly name: ModelName;
  readonly mismatch: WeightMismatch;
}

/** Names of a classifier, which weights for fine-tuning and for features may lack. */
export const isHead = (name: string): boolean => name.startsWith('head.');

/**
 * The one model of the catalog whose parameters are these. Throws {@link SpecError} where there are several, or
 * none: then with the nearest and what it lacks. `isHeadless` weights need no classifier.
 */
export function fittingModel(
  store: WeightStore,
  options: CatalogOptions,
  config: PySlowFastConfig,
  { site, isHeadless = false }: { readonly site: string; readonly isHeadless?: boolean },
): ModelName {
  const isDetector = options.dataset === 'ava';
  const candidates = modelNames().filter((name) => ARCHITECTURES[name].regions === isDetector);
  const differencesFrom = (names: readonly ModelName[]): readonly Difference[] =>
    names
      .flatMap((name) => differenceFrom(name, options, store) ?? [])
      .map(({ name, mismatch }) => ({
        name,
        mismatch: isHeadless
          ? { ...mismatch, missing: mismatch.missing.filter((param) => !isHead(param)) }
          : mismatch,
      }));
  const likely = candidates.filter((name) => mayFit(ARCHITECTURES[name], store.names));
  const all = differencesFrom(likely)
    .filter(({ mismatch }) => sizeOf(mismatch) === 0)
    .map(({ name }) => name);
  const fitting = PREFERENCES.reduce((names, agrees) => {
    const agreeing = names.filter((name) => agrees(ARCHITECTURES[name], config, options));
    return agreeing.length > 0 ? agreeing : names;
  }, all);
  if (fitting.length === 1) return fitting[0]!;
  throw new SpecError({
    site,
    expected: 'weights that fit one model of the catalog',
    ...(fitting.length > 0
      ? { received: `weights that fit ${fitting.join(', ')}`, remedy: 'Say which model it is' }
      : nearest(differencesFrom(candidates))),
  });
}

/** What names alone show, so that few models are composed: the pathways, non-local blocks, and more depth than 50 layers. */
function mayFit(architecture: Architecture, names: ReadonlySet<string>): boolean {
  const hears = architecture.kind === 'audiovisual';
  const isTwo = hears || architecture.kind === 'slowfast';
  const pathways = isTwo ? ['slow', 'fast'] : [architecture.pathway];
  if (names.has('audio.stem.time.weight') !== hears) return false;
  const hasNonLocal = [...names].some((name) => name.includes('.nonlocal.'));
  // X3D, which has no depth, has 11 or 25 blocks there.
  const { depth = 101 } = architecture;
  return (
    ['slow', 'fast'].every(
      (pathway) => names.has(`${pathway}.stem.conv.weight`) === pathways.includes(pathway),
    ) &&
    hasNonLocal === (architecture.nonLocal !== undefined) &&
    names.has(`${pathways[0]}.res4.6.a.conv.weight`) === depth > 50
  );
}

type Preference = (
  architecture: Architecture,
  config: PySlowFastConfig,
  options: CatalogOptions,
) => boolean;

/** What decides between models of the same weights: where the configuration says it, in this order, and where not. */
const PREFERENCES: readonly Preference[] = [
  (architecture, { arch }) => arch !== undefined && archOf(architecture) === arch,
  ({ stride }, config) => config.stride === stride,
  (architecture, { alpha }) =>
    alpha !== undefined && architecture.kind === 'slowfast' && architecture.alpha === alpha,
  ({ frames }, config) => config.frames === frames,
  ({ publishedFor: only }, config, { zoo, dataset }) =>
    config.frames === undefined &&
    only !== undefined &&
    zoo !== undefined &&
    only.zoos.includes(zoo) &&
    only.datasets.includes(dataset ?? 'kinetics400'),
  ({ publishedFor }) => publishedFor === undefined,
];

const BACKBONE_ARCH: Readonly<Record<BackboneArchitecture['family'], string | undefined>> = {
  x3d: 'x3d',
  r2plus1d: 'r2plus1d',
  'ir-csn': 'csn',
  'ip-csn': undefined,
};

/** PySlowFast's `MODEL.ARCH` for a model; `-nopool` is its `MODEL_NAME`. Nothing for one that PySlowFast does not have. */
export function archOf(architecture: Architecture): string | undefined {
  checkArguments('archOf', { architecture: [architecture, 'object'] });
  if (architecture.kind === 'audiovisual' || architecture.kind === 'pose') return undefined;
  if (architecture.kind === 'slowfast') return 'slowfast';
  if (architecture.kind === 'backbone') return BACKBONE_ARCH[architecture.family];
  const { kernels, temporalPool = 1, pathway, stemTemporalStrides } = architecture;
  if (pathway === 'fast' || stemTemporalStrides) return undefined;
  if (kernels === slowPlan) return 'slow';
  const arch = kernels === c2dPlan ? 'c2d' : 'i3d';
  return temporalPool === 1 ? `${arch}-nopool` : arch;
}

/** How weights differ from a model; nothing for options that do not go with it. */
function differenceFrom(
  name: ModelName,
  options: CatalogOptions,
  store: WeightStore,
): Difference | undefined {
  try {
    checkWeights(catalogModel(name, options).model.graph, store);
    return { name, mismatch: { missing: [], unexpected: [], misshaped: [] } };
  } catch (error) {
    if (error instanceof WeightError && error.mismatch) return { name, mismatch: error.mismatch };
    if (error instanceof SlowFastError) return undefined;
    throw error;
  }
}

const sizeOf = ({ missing, unexpected, misshaped }: WeightMismatch): number =>
  missing.length + unexpected.length + misshaped.length;

/** Names that a message gives of each kind. */
const LISTED = 3;

function nearest(differences: readonly Difference[]): { received: string; remedy: string } {
  const [best] = [...differences].sort((a, b) => sizeOf(a.mismatch) - sizeOf(b.mismatch));
  if (!best) return { received: 'weights that fit none', remedy: 'Say which model it is' };
  const { name, mismatch } = best;
  const { missing, unexpected, misshaped } = mismatch;
  const parts = [
    listed('lack', missing),
    listed('have besides', unexpected),
    listed('have in another shape', misshaped),
  ].filter((text) => text !== '');
  const headless = sizeOf(mismatch) === missing.length && missing.every(isHead);
  return {
    received: `weights that fit none; those of the nearest, ${name}, differ: these ${parts.join('; ')}`,
    remedy: headless
      ? "For features or fine-tuning say head: 'initialised' (convert --head initialised); otherwise take the file with its classifier"
      : `Say which model it is, or take the whole file if ${name} is meant`,
  };
}

function listed(verb: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${verb} ${names.slice(0, LISTED).join(', ')}${more}`;
}

/** The weights with a classifier drawn anew where they have none. */
export function withInitialHead(store: WeightStore, graph: Graph, seed: number): WeightStore {
  const drawn = initialWeights(graph, { seed });
  const absent = new Set([...drawn.names].filter((name) => isHead(name) && !store.names.has(name)));
  const of = (name: string): WeightStore => (absent.has(name) ? drawn : store);
  const { metadata, close } = store;
  return {
    // Not all of the store: what it knows besides (`dtypeOf`) it knows of its own tensors alone.
    ...(metadata && { metadata }),
    ...(close && { close: () => close.call(store) }),
    names: new Set([...store.names, ...absent]),
    shapeOf: (name) => of(name).shapeOf(name),
    read: (name) => of(name).read(name),
  };
}

/** @file The network of a published model, by the kind of its architecture. */
import type { NonLocalPlan } from '@slowfast/backbones';
import type { Model, Pathways } from '@slowfast/core';
import type {
  Architecture,
  AudiovisualArchitecture,
  OnePathwayArchitecture,
  SlowFastArchitecture,
} from './architectures.js';
import { audiovisualNetwork } from './audiovisual.js';
import { backboneNetwork } from './backbone-network.js';
import type { CatalogSettings } from './catalog-options.js';
import type { DatasetInfo } from './datasets.js';
import { lateralByName } from './lateral-by-name.js';
import { onePathwayNetwork, slowFastNetwork, type NetworkOptions } from './networks.js';
import { poseNetwork } from './posec3d.js';
import type { RegionConventions, ZooConventions } from './zoos.js';

/** A network, and the order in which its classifier reads the pathways' features. */
export interface CatalogNetwork {
  readonly model: Model<Pathways, 'scores'>;
  readonly headOrder: readonly string[];
}

/** The network of an architecture. */
export function catalogNetwork(
  architecture: Architecture,
  network: Omit<NetworkOptions, 'depth'>,
  settings: CatalogSettings,
  zoo: ZooConventions,
): CatalogNetwork {
  switch (architecture.kind) {
    case 'slowfast':
    case 'audiovisual':
      return morePathways(architecture, network, settings, zoo);
    case 'backbone': {
      const options = { ...network, zoo: settings.zoo };
      return { model: backboneNetwork(architecture, options), headOrder: ['slow'] };
    }
    case 'pose':
      return { model: poseNetwork(architecture, network), headOrder: ['slow'] };
    case 'one-pathway':
      return onePathway(architecture, network, settings);
  }
}

function morePathways(
  architecture: SlowFastArchitecture | AudiovisualArchitecture,
  network: Omit<NetworkOptions, 'depth'>,
  settings: CatalogSettings,
  zoo: ZooConventions,
): CatalogNetwork {
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

function onePathway(
  architecture: OnePathwayArchitecture,
  network: Omit<NetworkOptions, 'depth'>,
  settings: CatalogSettings,
): CatalogNetwork {
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

const audioDepth = ({
  audioDepth: depth,
}: AudiovisualArchitecture): Pick<AudiovisualArchitecture, 'audioDepth'> =>
  depth === undefined ? {} : { audioDepth: depth };

/** Where non-local blocks are, and how. */
export function nonLocalPlan(
  plan: NonLocalPlan | undefined,
  settings: CatalogSettings,
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

/** The head for people in boxes. */
export function regionNetwork(
  { dilation, background: _, ...head }: RegionConventions,
  classes: number,
  { activation }: DatasetInfo,
  { aligned = head.aligned, temporalPool = 'avg' }: CatalogSettings,
): NonNullable<NetworkOptions['regions']> {
  const own = { classes, activation, temporalPool, ...(aligned === undefined ? {} : { aligned }) };
  return { dilation, head: { ...head, ...own } };
}

/** @file From a checkpoint file of any zoo to weights under this project's names. */
import type { ByteSource, TypedWeightStore } from '@slowfast/core';
import { checkArguments, WeightError } from '@slowfast/core';

import type { ColumnGroup } from './names/adapt-store.js';
import { caffe2Store, reorderedHead, withZeroBiases } from './names/adapt-store.js';
import type { InferredWeights } from './inspect-weights.js';
import { inspectWeights } from './inspect-weights.js';
import type { Checkpoint, CheckpointContainer } from './containers/open-checkpoint.js';
import { openCheckpoint } from './containers/open-checkpoint.js';
import { renamedTyped } from './containers/typed-store.js';
import type { Zoo } from './names/zoo-grammars.js';
import type { ZooLayout } from './names/zoo-names.js';
import { detectZoo, fromZooName, zooLayout } from './names/zoo-names.js';

/** Options of {@link loadCheckpoint}. */
export interface LoadOptions {
  /** The pathway that a one-pathway model is: `slow` (Slow-only, C2D, I3D) unless given. */
  readonly pathway?: string;
  /** The order of pathways that the classifier's columns shall have; as stored unless given. */
  readonly headOrder?: readonly string[];
}

/** A checkpoint under this project's names, with this project's shapes. */
export interface LoadedCheckpoint {
  readonly zoo: Zoo;
  readonly container: CheckpointContainer;
  /** Weights, read when asked for; closing it closes the source. */
  readonly store: TypedWeightStore;
  readonly layout: ZooLayout;
  readonly inferred: InferredWeights;
  /** The pathways whose features the classifier's columns take, in order. */
  readonly headOrder: readonly string[];
  readonly epoch?: number;
  /** PySlowFast's configuration, YAML. */
  readonly config?: string;
  /** What the file holds besides weights. */
  readonly ignored: readonly string[];
  /** Tensors among it that are no part of the network, nor counters. */
  readonly beside: readonly string[];
}

/**
 * Opens a checkpoint of any supported zoo and container. Rejects with {@link WeightError} as
 * {@link openCheckpoint} and `detectZoo` do, and when a name does not fit the rest of the model.
 *
 * @example
 * ```ts
 * const { store, inferred } = await loadCheckpoint(await fileSource('SLOWFAST_8x8_R50.pyth'));
 * console.log(describeWeights(inferred).join('\n'));
 * ```
 */
export async function loadCheckpoint(
  source: ByteSource,
  options: LoadOptions = {},
): Promise<LoadedCheckpoint> {
  checkArguments('loadCheckpoint', { source: [source, 'source'], options: [options, 'object'] });

  const checkpoint = await openCheckpoint(source);
  const zoo = detectZoo(checkpoint.store.names, source.name);
  const layout = zooLayout(zoo, checkpoint.store.names, options.pathway, source.name);
  const renamed = renamedTyped(checkpoint.store, (name) => {
    const own = fromZooName(zoo, name, layout);
    if (own !== undefined) return own;
    throw new WeightError({
      site: name,
      expected: `a name of ${zoo} for a model of ${layout.pathways.length} pathways`,
      received: 'one that does not fit the other names',
    });
  });
  const shaped = ADAPTERS[zoo]?.(renamed) ?? renamed;
  const inferred = inspectWeights(shaped);
  const stored = storedHeadOrder(zoo, layout, checkpoint.store.metadata?.['headOrder']);
  const headOrder = options.headOrder ?? stored;
  return {
    zoo,
    ...rest(checkpoint),
    layout,
    inferred,
    headOrder,
    store: ordered(shaped, inferred, stored, headOrder),
  };
}

const ADAPTERS: Readonly<Partial<Record<Zoo, (store: TypedWeightStore) => TypedWeightStore>>> = {
  caffe2: caffe2Store,
  mmaction2: withZeroBiases,
};

const rest = ({ store: _, ...others }: Checkpoint): Omit<Checkpoint, 'store'> => others;

/** mmaction2's recogniser puts Fast before Slow (its detector does not); our own files may say (`headOrder`). */
function storedHeadOrder(
  zoo: Zoo,
  { pathways, head }: ZooLayout,
  metadataOrder: string | undefined,
): readonly string[] {
  const order = metadataOrder?.split(',');
  if (order && [...order].sort().join() === [...pathways].sort().join()) return order;
  return zoo === 'mmaction2' && head === 'recognition' ? [...pathways].reverse() : pathways;
}

function ordered(
  store: TypedWeightStore,
  inferred: InferredWeights,
  stored: readonly string[],
  order: readonly string[],
): TypedWeightStore {
  if (stored.join() === order.join()) return store;
  if ([...stored].sort().join() !== [...order].sort().join()) {
    throw new WeightError({
      site: 'headOrder',
      expected: `an order of ${stored.join(', ')}`,
      received: order.join(', '),
    });
  }
  const groups = stored.map((pathway): ColumnGroup => ({
    pathway,
    width: inferred.pathways[pathway]?.features ?? 0,
  }));
  return reorderedHead(store, groups, order);
}

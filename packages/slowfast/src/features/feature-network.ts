/** @file The part of a network that computes features. */
import { prune, type RunnableModel, type Value } from '@slowfast/core';
import type { CatalogEntry } from '@slowfast/models';

/**
 * The network up to these places, an output for each: `head` (what the classifier reads) or stages such as
 * `slow.res5`; with `keep`, its own outputs come first. Throws SpecError for a place that it does not have.
 */
export function featureNetwork(
  { name, parameterNames, graph, features }: CatalogEntry['model'],
  places: readonly string[],
  keep: 'outputs' | 'features' = 'features',
): RunnableModel {
  const part = features(places as readonly 'head'[]).graph;
  const outputs: Record<string, Value> = {
    ...(keep === 'outputs' ? graph.outputs : {}),
    ...part.outputs,
  };
  return { name, graph: prune<string, string>({ ...graph, outputs }), parameterNames };
}

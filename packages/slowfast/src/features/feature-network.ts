/** @file The part of a network that computes features. */
import { prune, type RunnableModel, type Value } from '@slowfast/core';
import { classificationFeatures } from '@slowfast/heads';
import type { CatalogEntry } from '@slowfast/models';

/**
 * The network up to these places, an output for each: `head` (what the classifier reads) or stages such as
 * `slow.res5`; with `keep`, its own outputs come first. Throws SpecError for a place that it does not have.
 */
export function featureNetwork(
  model: CatalogEntry['model'],
  places: readonly string[],
  keep: 'outputs' | 'features' = 'features',
): RunnableModel {
  const outputs: Record<string, Value> = keep === 'outputs' ? { ...model.graph.outputs } : {};
  for (const place of places) {
    const part =
      place === 'head'
        ? classificationFeatures(model)
        : model.features([place as `${string}.${string}`]);
    outputs[place] = (part.graph.outputs as Record<string, Value>)[place]!;
  }
  const { name, parameterNames } = model;
  const part = { name, graph: prune<string, string>({ ...model.graph, outputs }), parameterNames };
  return part;
}

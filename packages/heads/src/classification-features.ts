/** @file What a classifier sees: the pooled and joined features before dropout and the linear layer. */
import {
  checkArguments,
  SpecError,
  prune,
  type NodeOf,
  type RunnableModel,
  type Value,
} from '@slowfast/core';

/** A model that ends before its classifier. */
export interface FeatureModel<I extends string = string> extends RunnableModel<I, 'head'> {
  /** Names of all parameters of the whole network: what a store may hold. */
  readonly parameterNames: ReadonlySet<string>;
  /** Numbers a feature: 2304 for SlowFast R50. */
  readonly channels: number;
}

/**
 * The part of a network with a {@link classificationHead} that computes the features its linear layer reads:
 * pooled over time and space, pathways joined in the head's order, dropout left out. One output `head`,
 * `[N, channels, 1, h, w]`, 1 × 1 unless the head pools windows that are smaller than the input.
 *
 * Throws {@link SpecError} for a network with another head.
 *
 * @example
 * const { graph, channels } = classificationFeatures(catalogModel('slowfast-8x8-r50').model); // 2304
 */
export function classificationFeatures<I extends string>(
  model: RunnableModel<I> & { readonly parameterNames?: ReadonlySet<string> },
): FeatureModel<I> {
  checkArguments('classificationFeatures', { model: [model, 'model'] });

  const { graph, name } = model;
  const makers = new Map(graph.nodes.map((node) => [node.output.name, node]));
  const classifiers = graph.nodes.filter(
    (node): node is NodeOf<'linear'> =>
      node.op === 'linear' && node.inputs[1]?.name === 'head.projection.weight',
  );
  const moved = classifiers.length === 1 ? makers.get(classifiers[0]!.inputs[0]!.name) : undefined;
  if (moved?.op !== 'transpose') throw otherHead(name);
  const before = makers.get(moved.inputs[0]!.name);
  const features: Value = before?.op === 'dropout' ? before.inputs[0]! : moved.inputs[0]!;
  const channels = features.type.shape[1];
  if (features.type.shape.length !== 5 || typeof channels !== 'number') throw otherHead(name);
  return {
    name,
    graph: prune({ ...graph, outputs: { head: features } }),
    parameterNames: model.parameterNames ?? new Set(graph.params.keys()),
    channels,
  };
}

const otherHead = (model: string): SpecError =>
  new SpecError({
    site: model,
    expected: 'a network with a classification head',
    received: 'one with another head',
    remedy: "Take the features of a stage, such as 'slow.res5'",
  });

/** @file Parameters as TF.js tensors, in the order that the operations reading them want. */
import {
  bindWeights,
  type BindOptions,
  type Graph,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { activate, type OpenBackend } from '../backends/open-backend.js';
import { FILTER, inGraphOrder, inOrder, placed, type Placed } from '../lowering/placed.js';

/** The order of axes in which each parameter, or input in its place, is kept: that of its first reader. */
export function parameterOrders(graph: Graph): ReadonlyMap<string, readonly number[]> {
  const orders = new Map<string, readonly number[]>();
  const inputs = new Set(Object.values<Value>(graph.inputs).map(({ name }) => name));
  const isWeight = (name: string): boolean => graph.params.has(name) || inputs.has(name);
  for (const { op, inputs: read } of graph.nodes) {
    const weight = read[1];
    if (!weight || orders.has(weight.name) || !isWeight(weight.name)) continue;
    if (op === 'conv3d') orders.set(weight.name, FILTER);
    if (op === 'linear') orders.set(weight.name, [1, 0]);
  }
  return orders;
}

/**
 * Uploads the parameters, one at a time. Rejects with WeightError where they do not fit the graph;
 * what was uploaded until then is freed.
 */
export async function uploadParameters(
  graph: Graph,
  weights: WeightStore,
  { engine }: OpenBackend,
  options: BindOptions,
): Promise<Map<string, Placed>> {
  const orders = parameterOrders(graph);
  const uploaded = new Map<string, Placed>();
  try {
    for await (const [name, { shape, data }] of bindWeights(graph, weights, options)) {
      const order = orders.get(name) ?? inGraphOrder(shape.length);
      activate(engine);
      const tensor = tf.tidy(() =>
        inOrder(placed(tf.tensor(data as Float32Array, [...shape], 'float32')), order),
      );
      uploaded.set(name, placed(tensor, order));
    }
    return uploaded;
  } catch (error) {
    for (const { tensor } of uploaded.values()) tensor.dispose();
    throw error;
  }
}

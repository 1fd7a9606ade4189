/** @file Runs a graph node by node, and frees each value after its last reader. */
import {
  internalError,
  lowerNode,
  type Graph,
  type LoweringTable,
  type Node,
  type Value,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import type { LoweringContext } from './context.js';
import { placed, type Placed } from './placed.js';
import { LOWERING } from './table.js';

/** Values by name: the graph's inputs and parameters. The caller keeps them. */
export type PlacedValues = ReadonlyMap<string, Placed>;

/**
 * Computes the outputs, by the names of their values. All else that is computed on the way is freed, also
 * when an operation throws; the outputs are the caller's to free.
 */
export function runGraph(
  graph: Graph,
  sources: PlacedValues,
  context: LoweringContext,
  table: LoweringTable<LoweringContext, Placed> = LOWERING,
): ReadonlyMap<string, Placed> {
  const lastReader = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const { name } of node.inputs) lastReader.set(name, node);
  }
  const outputs = new Set(Object.values<Value>(graph.outputs).map(({ name }) => name));
  const computed = new Map<string, Placed>();
  try {
    for (const node of graph.nodes) {
      computed.set(node.output.name, runNode(node, sources, computed, context, table));
      for (const { name } of node.inputs) {
        if (lastReader.get(name) === node && !outputs.has(name)) free(computed, name);
      }
      if (!lastReader.has(node.output.name) && !outputs.has(node.output.name)) {
        free(computed, node.output.name);
      }
    }
  } catch (error) {
    for (const name of [...computed.keys()]) free(computed, name);
    throw error;
  }
  return computed;
}

function free(computed: Map<string, Placed>, name: string): void {
  computed.get(name)?.tensor.dispose();
  computed.delete(name);
}

function runNode(
  node: Node,
  sources: PlacedValues,
  computed: PlacedValues,
  context: LoweringContext,
  table: LoweringTable<LoweringContext, Placed>,
): Placed {
  const inputs = node.inputs.map(({ name }) => {
    const value = computed.get(name) ?? sources.get(name);
    if (!value) throw internalError(`${node.name} reads ${name}, which is not there`);
    return value;
  });
  const empty = emptyResult(node, context);
  if (empty) return empty;
  let order: readonly number[] = [];
  const tensor = tf.tidy(() => {
    const result = lowerNode(table, node, inputs, context);
    order = result.order;
    // What only renames axes gives its input's tensor: each value has its own, to be freed on its own.
    return inputs.some((input) => input.tensor === result.tensor)
      ? result.tensor.clone()
      : result.tensor;
  });
  return placed(tensor, order);
}

/** Without regions there is nothing to compute, and backends fail on tensors without elements. */
function emptyResult({ output }: Node, { sizes }: LoweringContext): Placed | undefined {
  const shape = output.type.shape.map((dim) =>
    typeof dim === 'number' ? dim : (sizes.get(dim) ?? -1),
  );
  return shape.includes(0) && !shape.includes(-1) ? placed(tf.zeros(shape)) : undefined;
}

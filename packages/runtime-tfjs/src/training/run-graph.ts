/** @file Runs a graph's nodes in order on tensors, and lets go of each as early as it can. */
import { internalError, lowerNode, type Graph, type Node, type Value } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { toLogical, toPhysical } from './layout.js';
import { TRAINING, type TrainingContext } from './table.js';

/**
 * Computes a graph's outputs, in the graph's own order of axes. `given` holds inputs and parameters, which
 * stay; run it within `tf.tidy`. What a gradient needs is kept by TF.js itself.
 */
export function runGraph<O extends string>(
  graph: Graph<string, O>,
  given: ReadonlyMap<string, tf.Tensor>,
  context: TrainingContext,
): Record<O, tf.Tensor> {
  const values = new Map<string, tf.Tensor>();
  const find = ({ name }: Value): tf.Tensor => {
    const tensor = values.get(name) ?? given.get(name);
    return tensor ?? missing(name);
  };
  const outputs = Object.entries<Value>(graph.outputs);
  const readers = countReaders(graph);
  const release = ({ name }: Value): void => {
    const left = readers.get(name)! - 1;
    readers.set(name, left);
    if (left > 0) return;
    // A node that does nothing gives its input itself, so a tensor may have several names.
    const tensor = values.get(name);
    values.delete(name);
    if (tensor && ![...values.values()].includes(tensor)) tensor.dispose();
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(find);
    const output = tf.tidy(() => {
      const placed = inputs.map((tensor, i) => placedInput(graph, node, i, tensor));
      return lowerNode(TRAINING, node, placed, context);
    });
    // What was given is not ours to dispose.
    values.set(node.output.name, inputs.includes(output) ? tf.clone(output) : output);
    node.inputs.forEach(release);
    if (!readers.has(node.output.name)) readers.set(node.output.name, 1);
  }
  return Object.fromEntries(
    outputs.map(([name, value]) => [name, tf.clone(toLogical(find(value)))] as const),
  ) as Record<O, tf.Tensor>;
}

/** An input as the operation wants it: in the layout of training, but for a convolution's weight. */
function placedInput(graph: Graph, node: Node, index: number, tensor: tf.Tensor): tf.Tensor {
  const isStored = graph.params.has(node.inputs[index]!.name);
  const wantsStored = node.op === 'conv3d' && index === 1;
  if (isStored === wantsStored) return tensor;
  return isStored ? toPhysical(tensor) : toLogical(tensor);
}

/** How often each value is read; an output of the graph once more. */
function countReaders(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  const read = ({ name }: Value): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  Object.values<Value>(graph.outputs).forEach(read);
  return counts;
}

function missing(name: string): never {
  throw internalError(`'${name}' is not computed yet`);
}

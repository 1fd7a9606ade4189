/**
 * @file Moves activations into the operations before them.
 *
 * 1. `y = activation(op(...))` where the operation has the trait `fusesActivation` and applies none
 *    yet becomes `y = op(...)` with that activation.
 * 2. Only if nothing but the activation reads the operation's result, and it is no output of the graph.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Node } from '../ir/types.js';
import { traitsOf } from '../ops/table.js';
import { usesOf } from './rewrite.js';

/** Moves each activation into the convolution or addition whose result only it reads. */
export function fuseActivations<I extends string, O extends string>(
  graph: Graph<I, O>,
): Graph<I, O> {
  checkArguments('fuseActivations', { graph: [graph, 'graph'] });

  const { producer, readers, isOutput } = usesOf(graph);
  const replaced = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    if (node.op !== 'activation') continue;
    const x = node.inputs[0]!;
    const before = producer(x);
    // One that was replaced already has an activation now, or is gone.
    if (!before || replaced.has(before) || readers(x).length !== 1 || isOutput(x)) continue;
    if (!traitsOf(before).fusesActivation || !('activation' in before.attrs)) continue;
    if (before.attrs.activation !== 'identity') continue;
    const { name, output } = node;
    const attrs = { ...before.attrs, activation: node.attrs.fn };
    replaced.set(before, undefined);
    // Spreading keeps the kind and its attributes together; TypeScript loses that they belong together.
    replaced.set(node, { ...before, name, output, attrs } as Node);
  }
  const nodes = graph.nodes.flatMap((node) => {
    const now = replaced.has(node) ? replaced.get(node) : node;
    return now ? [now] : [];
  });
  return { ...graph, nodes };
}

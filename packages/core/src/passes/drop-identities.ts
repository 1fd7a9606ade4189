/**
 * @file Leaves out nodes that do nothing at inference.
 *
 * 1. `y = op(x)` where the operation has the trait `identityAtInference`: readers of y read x.
 * 2. A node whose result is an output of the graph stays, since outputs keep their values.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Value } from '../ir/types.js';
import { traitsOf } from '../ops/table.js';
import { substitute, usesOf } from './rewrite.js';

/** Leaves out nodes that do nothing at inference (dropout), unless they compute an output. */
export function dropIdentities<I extends string, O extends string>(
  graph: Graph<I, O>,
): Graph<I, O> {
  checkArguments('dropIdentities', { graph: [graph, 'graph'] });

  const { isOutput } = usesOf(graph);
  const replacements = new Map<string, Value>();
  const nodes = graph.nodes.filter((node) => {
    if (!traitsOf(node).identityAtInference || isOutput(node.output)) return true;
    replacements.set(node.output.name, node.inputs[0]!);
    return false;
  });
  return substitute({ ...graph, nodes }, replacements);
}

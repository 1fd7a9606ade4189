/**
 * @file Leaves out what no output needs.
 *
 * 1. A node stays if an output, or a node that stays, reads what it computes.
 * 2. A parameter stays if a node that stays (or an output) reads it.
 * 3. A graph input stays under the same condition, so that the features of the Fast pathway do not
 *    ask for slow frames; with `keepInputs` the inputs stay as they are.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Value } from '../ir/types.js';

/** Options of {@link prune}. */
export interface PruneOptions {
  /** Keep the inputs that no output needs; default false. */
  readonly keepInputs?: boolean;
}

/**
 * Leaves out nodes, parameters and (unless told otherwise) inputs that no output needs. The result's
 * type still names the inputs that are gone: reading one of them gives undefined.
 */
export function prune<I extends string, O extends string>(
  graph: Graph<I, O>,
  options: PruneOptions = {},
): Graph<I, O> {
  checkArguments('prune', { graph: [graph, 'graph'], options: [options, 'object?'] });
  const { keepInputs = false } = options;
  const live = new Set(Object.values<Value>(graph.outputs).map(({ name }) => name));
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      if (!live.has(node.output.name)) return false;
      for (const input of node.inputs) live.add(input.name);
      return true;
    })
    .reverse();
  const inputs = Object.entries<Value>(graph.inputs).filter(
    ([, value]) => keepInputs || live.has(value.name),
  );
  return {
    inputs: Object.fromEntries(inputs) as Graph<I, O>['inputs'],
    params: new Map([...graph.params].filter(([name]) => live.has(name))),
    nodes,
    outputs: graph.outputs,
  };
}

/**
 * @file A network in two: what stays as it is while parameters are trained, and the rest. The first needs to be computed
 * once a clip, at the speed of inference.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Value } from '../ir/types.js';
import { prune } from '../passes/prune.js';

/** Two graphs, the second of which begins where the first ends. */
export interface SplitNetwork<O extends string = string> {
  /** From the network's inputs to the values, by their names, that {@link SplitNetwork.rest} reads. */
  readonly frozen: Graph;
  /** From those values, inputs of their names, to the network's outputs. */
  readonly rest: Graph<string, O>;
}

/** Splits a network before the first operations that a trained parameter, or dropout, changes. */
export function splitFrozen<O extends string>(
  graph: Graph<string, O>,
  isTrained: (param: string) => boolean,
): SplitNetwork<O> {
  checkArguments('splitFrozen', { graph: [graph, 'graph'], isTrained: [isTrained, 'function'] });

  const changing = new Set([...graph.params.keys()].filter(isTrained));
  const nodes = graph.nodes.filter((node) => {
    const isChanged = node.op === 'dropout' || node.inputs.some(({ name }) => changing.has(name));
    if (isChanged) changing.add(node.output.name);
    return isChanged;
  });
  const read = [...nodes.flatMap(({ inputs }) => inputs), ...Object.values<Value>(graph.outputs)];
  const border = new Map(
    read
      .filter(({ name }) => !changing.has(name) && !graph.params.has(name))
      .map((value) => [value.name, value] as const),
  );
  const values = Object.fromEntries(border);
  return {
    frozen: prune({ ...graph, outputs: values }),
    rest: prune<string, O>({ ...graph, inputs: values, nodes }),
  };
}

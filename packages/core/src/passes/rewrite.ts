/** @file What every pass needs to know and do: who uses a value, and replacing one value by another. */
import type { Graph, Node, Value } from '../ir/types.js';

/** How the values of a graph are used. */
export interface Uses {
  /** The nodes that read a value, one entry for each time. */
  readonly readers: (value: Value) => readonly Node[];
  /** Whether a value is an output of the graph, so that it must survive every rewrite. */
  readonly isOutput: (value: Value) => boolean;
  /** The node that computes a value; undefined for inputs and parameters. */
  readonly producer: (value: Value) => Node | undefined;
}

/** Indexes who computes and who reads each value of a graph. */
export function usesOf(graph: Graph): Uses {
  const readers = new Map<string, Node[]>();
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) {
    producers.set(node.output.name, node);
    for (const input of node.inputs) {
      const list = readers.get(input.name);
      if (list) list.push(node);
      else readers.set(input.name, [node]);
    }
  }
  const outputs = new Set(Object.values<Value>(graph.outputs).map(({ name }) => name));
  return {
    readers: (value) => readers.get(value.name) ?? [],
    isOutput: (value) => outputs.has(value.name),
    producer: (value) => producers.get(value.name),
  };
}

/** Every value name of a graph: inputs, parameters and what nodes compute. */
export function valueNames(graph: Graph): Set<string> {
  return new Set([
    ...Object.values<Value>(graph.inputs).map(({ name }) => name),
    ...graph.params.keys(),
    ...graph.nodes.map(({ output }) => output.name),
  ]);
}

/** The same nodes and outputs with values replaced by others, by name; replacements may chain. */
export function substitute<I extends string, O extends string>(
  graph: Graph<I, O>,
  replacements: ReadonlyMap<string, Value>,
): Graph<I, O> {
  const resolve = (value: Value): Value => {
    let current = value;
    for (let next = replacements.get(current.name); next; next = replacements.get(current.name)) {
      current = next;
    }
    return current;
  };
  const outputs = Object.entries<Value>(graph.outputs).map(([name, v]) => [name, resolve(v)]);
  return {
    ...graph,
    nodes: graph.nodes.map((node): Node => ({ ...node, inputs: node.inputs.map(resolve) })),
    outputs: Object.fromEntries(outputs) as Graph<I, O>['outputs'],
  };
}

/** The same graph with the parameters that no node or output reads left out. */
export function withoutUnusedParams<I extends string, O extends string>(
  graph: Graph<I, O>,
): Graph<I, O> {
  const { readers, isOutput } = usesOf(graph);
  const live = [...graph.params].filter(([, p]) => readers(p).length > 0 || isOutput(p));
  return { ...graph, params: new Map(live) };
}

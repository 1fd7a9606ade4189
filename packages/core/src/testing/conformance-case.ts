/** @file How the cases of the conformance suite are written down, and made into graphs and feeds. */
import { GraphBuilder } from '../ir/builder.js';
import type { OpKind, Value } from '../ir/types.js';
import { float32Tensor, type Shape } from '../tensor.js';
import { requiredTensors } from '../weights/bind.js';
import type { ConformanceCase } from './conformance.js';
import { formulaClip, formulaStore } from './formula.js';

/** A case as it is written down. */
export interface CaseSpec {
  readonly name: string;
  /** Concrete shapes of the inputs; the graph declares the first dimension as `'N'`, or as `symbols` says. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** Builds the graph over the inputs (in their order) and gives its outputs. */
  readonly build: (g: GraphBuilder, ...inputs: Value[]) => Value | Readonly<Record<string, Value>>;
  /** Changes each element of the formula's feed. */
  readonly feed?: (value: number) => number;
  /** Names of the first dimensions of inputs that are not `'N'`. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** Elements of inputs that the formula does not make. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Makes it the case of the gradients, of all inputs but those that are constant, and of all parameters. */
  readonly gradients?: { readonly constant: readonly string[] };
}

/** A case with its graph, weights and feeds. */
export function caseFrom(name: string, spec: CaseSpec): ConformanceCase {
  const g = GraphBuilder.empty('conformance');
  const inputs = Object.entries(spec.inputs).map(([input, [, ...rest]]) =>
    g.input(input, { dtype: 'float32', shape: [spec.symbols?.[input] ?? 'N', ...rest] }),
  );
  const value = spec.build(g, ...inputs);
  const isValue = (b: typeof value): b is Value => typeof b['name'] === 'string';
  const graph = g.build(isValue(value) ? { y: value } : value);
  const required = requiredTensors(graph);
  const feeds = Object.entries(spec.inputs).map(([input, shape]) => {
    const values = spec.values?.[input];
    if (values) return [input, float32Tensor(shape, Float32Array.from(values))] as const;
    const feed = formulaClip(shape, input);
    return [input, spec.feed ? { ...feed, data: feed.data.map(spec.feed) } : feed] as const;
  });
  return {
    name,
    ops: new Set(graph.nodes.map(({ op }): OpKind => op)),
    graph,
    weights: formulaStore([...required].map(([tensor, { shape }]) => [tensor, shape])),
    feeds: Object.fromEntries(feeds),
  };
}

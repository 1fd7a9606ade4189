/**
 * @file Height and width that each run may choose.
 *
 * 1. The inputs of five axes `[N, C, T, H, W]` get the symbols `H` and `W` in place of their sizes.
 * 2. Every type is inferred anew: sizes become expressions of the symbols.
 * 3. What needs a known size (non-local blocks, which reshape positions; laterals that do) is refused, by name.
 */
import { SpecError } from '../errors.js';
import type { Graph, Node, OpKind, TensorType, Value } from '../ir/types.js';
import { OPS } from '../ops/table.js';
import { shapeText, type OpDefinition } from '../ops/definition.js';

/**
 * A graph that takes clips of any height and width, the same for all pathways. Throws {@link SpecError} where a
 * node cannot, and for pathways of different sizes.
 */
export function dynamicSize<I extends string, O extends string>(graph: Graph<I, O>): Graph<I, O> {
  const values = new Map<string, Value>();
  for (const param of graph.params.values()) values.set(param.name, param);
  checkSizes(graph);
  const inputs = Object.entries<Value>(graph.inputs).map(([name, value]) => {
    const { shape } = value.type;
    const type: TensorType =
      shape.length === 5 ? { ...value.type, shape: [...shape.slice(0, 3), 'H', 'W'] } : value.type;
    const renewed = { ...value, type };
    values.set(value.name, renewed);
    return [name, renewed] as const;
  });
  const nodes = graph.nodes.map((node): Node => {
    const own = node.inputs.map(({ name }) => values.get(name)!);
    const definition = OPS[node.op] as OpDefinition<OpKind>;
    const type = definition.infer(
      own.map((input) => input.type),
      node.attrs,
      (expected, received) => {
        throw new SpecError({
          site: node.name,
          expected: `any height and width, but it needs ${expected}`,
          received,
          remedy: 'Give this model a fixed size',
        });
      },
    );
    const output: Value = { ...node.output, type };
    values.set(output.name, output);
    return { ...node, inputs: own, output } as Node;
  });
  const outputs = Object.entries<Value>(graph.outputs).map(
    ([name, value]) => [name, values.get(value.name)!] as const,
  );
  return {
    inputs: Object.fromEntries(inputs) as Graph<I, O>['inputs'],
    params: graph.params,
    nodes,
    outputs: Object.fromEntries(outputs) as Graph<I, O>['outputs'],
  };
}

function checkSizes(graph: Graph): void {
  const clips = Object.values<Value>(graph.inputs).filter(({ type }) => type.shape.length === 5);
  const sizes = new Set(clips.map(({ type }) => shapeText(type.shape.slice(3))));
  if (sizes.size <= 1) return;
  throw new SpecError({
    site: 'dynamic size',
    expected: 'pathways of one size',
    received: [...sizes].join(' and '),
  });
}

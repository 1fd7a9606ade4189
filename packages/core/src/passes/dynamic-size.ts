/**
 * @file Height, width and, where asked for, the number of frames that each run may choose.
 *
 * 1. The inputs of five axes `[N, C, T, H, W]` get the symbols `H` and `W` in place of their sizes. For frames the
 *    pathway of fewest gets `T`, one of α times as many `α*T`.
 * 2. A mean over windows as long as the clip, as heads have, becomes a mean over all frames and then over windows.
 * 3. Every type is inferred anew: sizes become expressions of the symbols.
 * 4. What needs a known size (non-local blocks, which reshape positions; laterals that do, or that take frames by
 *    their number) is refused, by name.
 */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import type { Dim, Graph, Node, OpKind, TensorType, Value } from '../ir/types.js';
import { OPS } from '../ops/table.js';
import { shapeText, type Fail, type OpDefinition } from '../ops/definition.js';

/** Options of {@link dynamicSize}: what each run may choose. */
export interface DynamicSizeOptions {
  /** Height and width; default true. */
  readonly size?: boolean;
  /** Frames, in the ratio that the pathways have; default false. */
  readonly frames?: boolean;
}

/**
 * A graph that takes clips of any height and width, the same for all pathways, and with `frames` of any length.
 * Throws {@link SpecError} where a node cannot, for pathways of different sizes, and for frames of which the
 * fewest do not divide the others.
 */
export function dynamicSize<I extends string, O extends string>(
  graph: Graph<I, O>,
  options: DynamicSizeOptions = {},
): Graph<I, O> {
  checkArguments('dynamicSize', { graph: [graph, 'graph'], options: [options, 'object?'] });
  const { size = true, frames = false } = options;
  const values = new Map<string, Value>();
  for (const param of graph.params.values()) values.set(param.name, param);
  if (size) checkSizes(graph);
  const fewest = frames ? fewestFrames(graph) : undefined;
  const inputs = Object.entries<Value>(graph.inputs).map(([name, value]) => {
    const [n, c, t, h, w] = value.type.shape as [Dim, Dim, Dim, Dim, Dim];
    const isClip = value.type.shape.length === 5;
    const sides = size ? ['H', 'W'] : [h, w];
    const shape = [n, c, fewest === undefined ? t : multipleOf(fewest, Number(t)), ...sides];
    const renewed = isClip ? { ...value, type: { ...value.type, shape } } : value;
    values.set(value.name, renewed);
    return [name, renewed] as const;
  });
  const source = frames ? graph.nodes.flatMap(overAllFrames) : graph.nodes;
  const nodes = source.map((node): Node => {
    const own = node.inputs.map(({ name }) => values.get(name)!);
    const output: Value = { ...node.output, type: renewedType(node, own, { size, frames }) };
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

function renewedType(
  node: Node,
  inputs: readonly Value[],
  { size, frames }: Required<DynamicSizeOptions>,
): TensorType {
  const freedoms = [...(frames ? ['number of frames'] : []), ...(size ? ['height and width'] : [])];
  const remedy = frames ? 'a fixed number of frames, and if need be a fixed size' : 'a fixed size';
  const fail: Fail = (expected, received) => {
    throw new SpecError({
      site: node.name,
      expected: `any ${freedoms.join(', ')}, but it needs ${expected}`,
      received,
      remedy: `Give this model ${remedy}`,
    });
  };
  const definition = OPS[node.op] as OpDefinition<OpKind>;
  return definition.infer(
    inputs.map(({ type }) => type),
    node.attrs,
    fail,
  );
}

/** A pooling over windows of all frames: of any number of frames it is a mean over frames, then over H and W. */
function overAllFrames(node: Node): readonly Node[] {
  if (node.op !== 'avg_pool3d') return [node];
  const { kernel, padding } = node.attrs;
  const [x] = node.inputs as readonly [Value];
  const [n, c, t, ...sides] = x.type.shape;
  if (kernel[0] !== t || padding[0] !== 0) return [node];
  const name = `${node.name}.frames`;
  const output: Value = { name, type: { dtype: x.type.dtype, shape: [n!, c!, 1, ...sides] } };
  const mean = { fn: 'mean', axes: [2], keepDims: true } as const;
  const [, height, width] = kernel;
  return [
    { op: 'reduce', name, inputs: [x], output, attrs: mean },
    { ...node, inputs: [output], attrs: { ...node.attrs, kernel: [1, height, width] } },
  ];
}

const clipsOf = (graph: Graph): readonly Value[] =>
  Object.values<Value>(graph.inputs).filter(({ type }) => type.shape.length === 5);

const multipleOf = (fewest: number, frames: number): string =>
  frames === fewest ? 'T' : `${frames / fewest}*T`;

function fewestFrames(graph: Graph): number {
  const frames = clipsOf(graph).map(({ type }) => Number(type.shape[2]));
  const fewest = Math.min(...frames);
  if (frames.every((count) => count % fewest === 0)) return fewest;
  throw new SpecError({
    site: 'dynamic frames',
    expected: 'pathways whose fewest frames divide the others',
    received: frames.join(' and '),
  });
}

function checkSizes(graph: Graph): void {
  const sizes = new Set(clipsOf(graph).map(({ type }) => shapeText(type.shape.slice(3))));
  if (sizes.size <= 1) return;
  throw new SpecError({
    site: 'dynamic size',
    expected: 'pathways of one size',
    received: [...sizes].join(' and '),
  });
}

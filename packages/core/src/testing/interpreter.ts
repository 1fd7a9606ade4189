/**
 * @file The reference interpreter: what a graph means, in float64 and with simple loops. Passes and
 * runtimes are held against it; it is meant for small shapes.
 */
import { ShapeError, internalError } from '../errors.js';
import { lowerNode, type Dim, type Graph, type Node, type Value } from '../ir/types.js';
import { shapeText } from '../ops/definition.js';
import { hostTensor, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { bindWeights } from '../weights/bind.js';
import { memoryStore, type WeightStore } from '../weights/store.js';
import { fromHost, type Float64Tensor } from './array.js';
import { INTERPRETER } from './interpret-ops.js';

/** Weights as a store or as tensors by name; those that the graph does not use are ignored. */
export type InterpreterWeights = WeightStore | ReadonlyMap<string, HostTensor>;

/**
 * Runs a graph and gives its outputs, computed in float64 and rounded once. Throws
 * {@link ShapeError} for feeds that do not fit and WeightError for weights that do not.
 */
export async function interpret<I extends string, O extends string>(
  graph: Graph<I, O>,
  weights: InterpreterWeights,
  feeds: Readonly<Record<NoInfer<I>, HostTensor>>,
): Promise<Record<O, HostTensor>> {
  const values = new Map<string, Float64Tensor>();
  const dims = new Map<string, number>();
  const store = 'names' in weights ? weights : memoryStore(weights);
  for await (const [name, tensor] of bindWeights(graph, store, { known: store.names })) {
    values.set(name, fromHost(tensor));
  }
  for (const [name, value] of Object.entries<Value>(graph.inputs)) {
    const feed = (feeds as Readonly<Record<string, HostTensor>>)[name];
    values.set(value.name, checkedFeed(name, value, feed, dims));
  }
  const results = computed(graph, values, dims, false);
  const outputs = Object.entries<Value>(graph.outputs).map(([name, { type }]) => {
    return [
      name,
      hostTensor(type.dtype, results[name as O].shape, results[name as O].data),
    ] as const;
  });
  return Object.fromEntries(outputs) as Record<O, HostTensor>;
}

/** How {@link interpretFloat64} computes. */
export interface Float64Options {
  /** Whether batch norms use the statistics of the batch, as when training; default false. */
  readonly batchStatistics?: boolean;
}

/**
 * Runs a graph on float64 values of all its inputs and parameters, by name, and gives its outputs unrounded:
 * exact enough for derivatives by differences.
 */
export function interpretFloat64<O extends string>(
  graph: Graph<string, O>,
  leaves: ReadonlyMap<string, Float64Tensor>,
  { batchStatistics = false }: Float64Options = {},
): Record<O, Float64Tensor> {
  const dims = new Map<string, number>();
  for (const { name, type } of Object.values<Value>(graph.inputs)) {
    matches(type.shape, find(leaves, { name, type }).shape, dims);
  }
  return computed(graph, new Map(leaves), dims, batchStatistics);
}

function computed<O extends string>(
  graph: Graph<string, O>,
  values: Map<string, Float64Tensor>,
  dims: Map<string, number>,
  batchStatistics: boolean,
): Record<O, Float64Tensor> {
  const outputs = Object.entries<Value>(graph.outputs);
  const lasting = new Set([...graph.params.keys(), ...outputs.map(([, { name }]) => name)]);
  const lastReader = lastReaders(graph.nodes);
  for (const node of graph.nodes) {
    values.set(node.output.name, run(node, values, dims, batchStatistics));
    for (const { name } of node.inputs) {
      if (lastReader.get(name) === node && !lasting.has(name)) values.delete(name);
    }
  }
  const results = outputs.map(([name, value]) => [name, find(values, value)] as const);
  return Object.fromEntries(results) as Record<O, Float64Tensor>;
}

function run(
  node: Node,
  values: ReadonlyMap<string, Float64Tensor>,
  dims: Map<string, number>,
  batchStatistics: boolean,
): Float64Tensor {
  const inputs = node.inputs.map((input) => find(values, input));
  const output = lowerNode(INTERPRETER, node, inputs, {
    batchStatistics,
    sizeOfDim: (dim) => {
      const size = typeof dim === 'number' ? dim : dims.get(dim);
      if (size === undefined) throw internalError(`${node.name}: '${dim}' of unknown size`);
      return size;
    },
  });
  const { shape } = node.output.type;
  // The interpreter also checks what the graph claims to be the shape.
  if (!matches(shape, output.shape, dims) || output.data.length !== sizeOf(output.shape)) {
    throw internalError(`${node.name} is ${shapeText(shape)} but gave ${shapeText(output.shape)}`);
  }
  return output;
}

function checkedFeed(
  name: string,
  { type }: Value,
  feed: HostTensor | undefined,
  dims: Map<string, number>,
): Float64Tensor {
  const expected = `${type.dtype}${shapeText(type.shape)}`;
  if (!feed) throw new ShapeError({ site: `feed ${name}`, expected, received: 'none' });
  const fits = feed.dtype === type.dtype && matches(type.shape, feed.shape, dims);
  if (!fits || feed.data.length !== sizeOf(feed.shape)) {
    const received = `${feed.dtype}${shapeText(feed.shape)} of ${feed.data.length} elements`;
    throw new ShapeError({ site: `feed ${name}`, expected, received });
  }
  return fromHost(feed);
}

/** Whether a concrete shape is one that the type allows; remembers the sizes of symbols. */
function matches(expected: readonly Dim[], shape: Shape, dims: Map<string, number>): boolean {
  if (expected.length !== shape.length) return false;
  return expected.every((dim, axis) => {
    const size = shape[axis]!;
    if (typeof dim === 'number') return dim === size;
    const earlier = dims.get(dim);
    if (earlier === undefined) dims.set(dim, size);
    return earlier === undefined || earlier === size;
  });
}

function lastReaders(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  return new Map(nodes.flatMap((node) => node.inputs.map(({ name }) => [name, node] as const)));
}

function find(values: ReadonlyMap<string, Float64Tensor>, { name }: Value): Float64Tensor {
  const value = values.get(name);
  if (!value) throw internalError(`'${name}' is not computed yet`);
  return value;
}

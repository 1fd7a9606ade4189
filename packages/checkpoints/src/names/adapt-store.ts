/** @file Changes between a zoo's tensors and this project's that renaming does not cover; all done on reading. */
import type { HostTensor, Shape, TypedWeightStore } from '@slowfast/core';
import { WeightError, sameShape, sizeOf } from '@slowfast/core';

/** Convolutions have five axes: output and input channels, time, height, width. */
const CONV_AXES = 5;

/**
 * The shape that a tensor of a Caffe2 file gets: fewer axes gain trailing ones, and a vector is as long as
 * its convolution has outputs (when that is a whole multiple; it is then tiled).
 */
function caffe2Shape(store: TypedWeightStore, name: string): Shape {
  const shape = store.shapeOf(name);
  if (/\.conv\.weight$|\.nonlocal\.(?:theta|phi|g|out)\.weight$/.test(name)) return withAxes(shape);
  const owner = ownerOf(name);
  const outputs =
    owner !== undefined && store.names.has(owner) ? store.shapeOf(owner)[0] : undefined;
  const [length = 0] = shape;
  if (shape.length !== 1 || outputs === undefined || length === 0 || outputs % length !== 0)
    return shape;
  return [outputs];
}

const withAxes = (shape: Shape): Shape =>
  shape.length < CONV_AXES
    ? [...shape, ...new Array<number>(CONV_AXES - shape.length).fill(1)]
    : shape;

/** The convolution whose outputs a bias or a normalisation belongs to. */
function ownerOf(name: string): string | undefined {
  if (/\.nonlocal\.norm\.\w+$/.test(name)) return name.replace(/norm\.\w+$/, 'out.weight');
  if (/\.norm\.\w+$/.test(name)) return name.replace(/norm\.\w+$/, 'conv.weight');
  return name.endsWith('.bias') ? name.replace(/bias$/, 'weight') : undefined;
}

/** The store of a Caffe2 file, under this project's names, with this project's shapes. */
export function caffe2Store(store: TypedWeightStore): TypedWeightStore {
  return {
    ...store,
    shapeOf: (name) => caffe2Shape(store, name),
    read: async (name) => reshaped(name, await store.read(name), caffe2Shape(store, name)),
  };
}

/**
 * A tensor in another shape: the same elements, or a vector repeated to a whole multiple of its length.
 * Throws {@link WeightError} when neither is possible.
 */
export function reshaped(name: string, tensor: HostTensor, shape: Shape): HostTensor {
  if (sameShape(tensor.shape, shape)) return tensor;
  const { data } = tensor;
  const size = sizeOf(shape);
  if (data.length === size) return { ...tensor, shape } as HostTensor;
  if (
    tensor.dtype !== 'float32' ||
    shape.length !== 1 ||
    data.length === 0 ||
    size % data.length !== 0
  ) {
    throw new WeightError({
      site: name,
      expected: `elements for shape [${shape.join(', ')}]`,
      received: `shape [${tensor.shape.join(', ')}]`,
    });
  }
  const out = new Float32Array(size);
  for (let at = 0; at < size; at += data.length) out.set(tensor.data, at);
  return { dtype: 'float32', shape, data: out };
}

/** mmaction2's non-local output has no bias (a normalisation follows); this project's has one, so zeros. */
export function withZeroBiases(store: TypedWeightStore): TypedWeightStore {
  const missing = new Map<string, Shape>();
  for (const name of store.names) {
    if (!name.endsWith('.nonlocal.out.weight')) continue;
    const bias = name.replace(/weight$/, 'bias');
    if (!store.names.has(bias)) missing.set(bias, [store.shapeOf(name)[0]!]);
  }
  if (missing.size === 0) return store;
  return {
    ...store,
    names: new Set([...store.names, ...missing.keys()]),
    shapeOf: (name) => missing.get(name) ?? store.shapeOf(name),
    dtypeOf: (name) => (missing.has(name) ? 'float32' : store.dtypeOf(name)),
    read: async (name) => {
      const shape = missing.get(name);
      if (!shape) return store.read(name);
      return { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) };
    },
  };
}

/** A run of classifier columns that belongs to one pathway. */
export interface ColumnGroup {
  readonly pathway: string;
  readonly width: number;
}

/**
 * The store with the classifier's columns in another order of pathways, moved when the weight is read.
 * Throws {@link WeightError} when the widths do not add up to the classifier's inputs.
 */
export function reorderedHead(
  store: TypedWeightStore,
  stored: readonly ColumnGroup[],
  order: readonly string[],
): TypedWeightStore {
  const head = 'head.projection.weight';
  if (!store.names.has(head)) return store;
  const columns = store.shapeOf(head)[1] ?? 0;
  const total = stored.reduce((sum, { width }) => sum + width, 0);
  if (columns !== total) {
    throw new WeightError({
      site: head,
      expected: `${total} columns (${stored.map(({ pathway, width }) => `${pathway} ${width}`).join(', ')})`,
      received: `${columns}`,
    });
  }
  let start = 0;
  const ranges = new Map<string, readonly [number, number]>();
  for (const { pathway, width } of stored) {
    ranges.set(pathway, [start, start + width]);
    start += width;
  }
  const moved = (tensor: HostTensor): HostTensor => {
    if (tensor.dtype !== 'float32') return tensor;
    const data = new Float32Array(tensor.data.length);
    let to = 0;
    for (let row = 0; row < tensor.data.length; row += columns) {
      for (const pathway of order) {
        const [from, end] = ranges.get(pathway)!;
        data.set(tensor.data.subarray(row + from, row + end), to);
        to += end - from;
      }
    }
    return { ...tensor, data };
  };
  return {
    ...store,
    read: async (name) => (name === head ? moved(await store.read(name)) : store.read(name)),
  };
}

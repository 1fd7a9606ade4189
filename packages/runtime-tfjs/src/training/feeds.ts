/** @file Host tensors in and out of TF.js, in the layout of training. */
import {
  ShapeError,
  internalError,
  sameShape,
  shapeText,
  sizeOf,
  type Dim,
  type Graph,
  type HostTensor,
  type Value,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { toPhysical } from './layout.js';

/** The sizes of a graph's symbolic dimensions in one run. */
export type DimSizes = ReadonlyMap<string, number>;

/** Checks feeds against a graph's inputs and gives the sizes of symbolic dimensions. Throws {@link ShapeError}. */
export function checkFeeds(
  model: string,
  graph: Graph,
  feeds: Readonly<Record<string, HostTensor>>,
): DimSizes {
  const sizes = new Map<string, number>();
  for (const name of Object.keys(feeds)) {
    if (Object.hasOwn(graph.inputs, name)) continue;
    throw new ShapeError({
      site: `${model}: feed ${name}`,
      expected: `one of the inputs ${Object.keys(graph.inputs).join(', ')}`,
      received: `'${name}'`,
    });
  }
  for (const [name, { type }] of Object.entries<Value>(graph.inputs)) {
    const feed = feeds[name];
    const site = `${model}: feed ${name}`;
    const expected = `${type.dtype} ${shapeText(type.shape)}`;
    if (!feed) throw new ShapeError({ site, expected, received: 'none' });
    const fits =
      feed.dtype === type.dtype &&
      feed.shape.length === type.shape.length &&
      type.shape.every((dim, axis) => fitsDim(dim, feed.shape[axis]!, sizes));
    if (fits && feed.data.length === sizeOf(feed.shape)) continue;
    const received = `${feed.dtype} ${shapeText(feed.shape)} of ${feed.data.length} elements`;
    throw new ShapeError({ site, expected, received });
  }
  return sizes;
}

function fitsDim(dim: Dim, size: number, sizes: Map<string, number>): boolean {
  if (typeof dim === 'number') return dim === size;
  if (!sizes.has(dim)) sizes.set(dim, size);
  return sizes.get(dim) === size && size >= 1;
}

/** The size of a dimension in a run. */
export function sizeOfDim(sizes: DimSizes, dim: Dim): number {
  const size = typeof dim === 'number' ? dim : sizes.get(dim);
  if (size === undefined) throw internalError(`'${dim}' of unknown size`);
  return size;
}

/** A feed as a tensor in the layout of training. */
export function fedTensor({ dtype, data, shape }: HostTensor): tf.Tensor {
  if (dtype === 'int64') throw internalError('an int64 feed');
  return toPhysical(tf.tensor(data, [...shape], dtype));
}

/** A float32 tensor in host memory; the tensor is disposed. */
export async function hostTensor(x: tf.Tensor): Promise<HostTensor<'float32'>> {
  const shape = [...x.shape];
  try {
    const data = (await x.data()) as Float32Array;
    // Backends may hand out their own memory, which the next step writes over.
    return { dtype: 'float32', shape, data: Float32Array.from(data) };
  } finally {
    x.dispose();
  }
}

/** Throws {@link ShapeError} unless a tensor has a shape. */
export function checkShape(site: string, tensor: HostTensor, shape: readonly number[]): void {
  if (tensor.dtype === 'float32' && sameShape(tensor.shape, shape)) return;
  throw new ShapeError({
    site,
    expected: `float32 ${shapeText(shape)}`,
    received: `${tensor.dtype} ${shapeText(tensor.shape)}`,
  });
}

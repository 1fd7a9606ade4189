/** @file Tensors as the host sees them: a typed array in C order with its shape. */

import { ShapeError } from './errors.js';
import type { Dim } from './ir/types.js';

/** Element types of values. Weights may be stored as float16 or bfloat16 but are read as float32. */
export type DType = 'float32' | 'int32' | 'int64';

/** A concrete shape, outermost dimension first. */
export type Shape = readonly number[];

/** The typed array that holds the elements of each {@link DType}. */
export interface TypedArrayOf {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
}

/** A tensor in host memory: elements in C order. */
export type HostTensor<D extends DType = DType> = {
  readonly [K in D]: { readonly dtype: K; readonly shape: Shape; readonly data: TypedArrayOf[K] };
}[D];

/** The number of elements of a shape (1 for a scalar). */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** Whether two shapes are equal, dimension by dimension; a symbolic one equals itself. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a === b || (a.length === b.length && a.every((dim, axis) => dim === b[axis]));
}

/** A float32 tensor over elements. Throws {@link ShapeError} unless they are as many as the shape says. */
export function float32Tensor(shape: Shape, data: Float32Array): HostTensor<'float32'> {
  const tensor = { dtype: 'float32', shape, data } as const;
  checkTensor('float32Tensor', tensor);
  return tensor;
}

/** A tensor of copies of numbers, as an element type. */
export function hostTensor(dtype: DType, shape: Shape, numbers: ArrayLike<number>): HostTensor {
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: Float32Array.from(numbers) };
    case 'int32':
      return { dtype, shape, data: Int32Array.from(numbers) };
    case 'int64':
      return { dtype, shape, data: BigInt64Array.from(numbers, (value) => BigInt(value)) };
  }
}

const ARRAYS = {
  float32: 'Float32Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
} as const satisfies Record<DType, string>;

/** Throws {@link ShapeError} unless a tensor has a shape, and an array of its type with as many elements. */
export function checkTensor(site: string, tensor: HostTensor): void {
  const { dtype, shape, data } = (tensor ?? {}) as Partial<HostTensor>;
  const isShape =
    Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!isShape || dtype === undefined || !Object.hasOwn(ARRAYS, dtype)) {
    throw new ShapeError({
      site,
      expected: 'a tensor: its dtype, shape and data',
      received: isShape ? `the dtype ${String(dtype)}` : 'no shape of whole numbers',
    });
  }
  // By name and not by instanceof: arrays of another realm (a frame, a vm) are as good.
  const array = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const [arrayType, size] = [ARRAYS[dtype], sizeOf(shape)];
  if (array === arrayType && data?.length === size) return;
  throw new ShapeError({
    site,
    expected: `a ${arrayType} of ${size} elements for [${shape.join(', ')}]`,
    received: array.endsWith('Array') ? `${array} of ${data?.length} elements` : array,
  });
}

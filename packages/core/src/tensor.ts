/** @file Tensors as the host sees them: a typed array in C order with its shape. */

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

/** Whether two shapes are equal, dimension by dimension. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** A float32 tensor over the given elements. */
export function float32Tensor(shape: Shape, data: Float32Array): HostTensor<'float32'> {
  return { dtype: 'float32', shape, data };
}

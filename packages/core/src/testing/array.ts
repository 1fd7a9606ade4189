/** @file Float64 arrays with a concrete shape: what the reference interpreter computes with. */
import { internalError } from '../errors.js';
import { sizeOf, type HostTensor, type Shape } from '../tensor.js';

/** Elements in C order, in float64 whatever the type of the value. */
export interface Float64Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** A tensor of zeros. */
export function zeros(shape: Shape): Float64Tensor {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** The float64 copy of a tensor. */
export function fromHost(tensor: HostTensor): Float64Tensor {
  const { shape, data } = tensor;
  return { shape, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** Distance in C order of neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/**
 * Flat positions, for every element of `shape` in C order, in an array where neighbours along each
 * axis lie `strides` apart. Stride 0 repeats, so that broadcasting, permuting and reducing are all this.
 */
export function positions(shape: Shape, strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0, at = 0; i < result.length; i++) {
    result[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Sizes before, along and after an axis: an array seen as `[outer, size, inner]`. */
export function aroundAxis(
  shape: Shape,
  axis: number,
): readonly [outer: number, size: number, inner: number] {
  const size = shape[axis];
  if (size === undefined) throw internalError(`axis ${axis} of a shape of ${shape.length} axes`);
  return [sizeOf(shape.slice(0, axis)), size, sizeOf(shape.slice(axis + 1))];
}

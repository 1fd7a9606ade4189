/** @file Operations that move elements without computing. */
import type { Dim, TensorType } from '../ir/types.js';
import {
  checkCount,
  dimAt,
  elementsOf,
  shapeText,
  type Fail,
  type OpDefinition,
} from './definition.js';

const withDim = (type: TensorType, axis: number, dim: Dim): TensorType => ({
  dtype: type.dtype,
  shape: type.shape.map((old, i) => (i === axis ? dim : old)),
});

function knownDim(type: TensorType, axis: number, fail: Fail): number {
  const dim = dimAt(type, axis, fail);
  if (typeof dim === 'string') fail(`a known size along axis ${axis}`, shapeText(type.shape));
  return dim;
}

/** Joins values along one axis. */
export const concat: OpDefinition<'concat'> = {
  infer(inputs, { axis }, fail) {
    if (inputs.length === 0) fail('at least one input', '0');
    const [first, ...rest] = inputs as [TensorType, ...TensorType[]];
    let total = knownDim(first, axis, fail);
    for (const other of rest) {
      const aligned =
        other.shape.length === first.shape.length &&
        other.shape.every((dim, i) => i === axis || dim === first.shape[i]);
      if (!aligned) {
        fail(
          `values that differ along axis ${axis} only`,
          `${shapeText(first.shape)} and ${shapeText(other.shape)}`,
        );
      }
      total += knownDim(other, axis, fail);
    }
    return withDim(first, axis, total);
  },
  traits: {},
};

/** Every `step`-th position from `start` to before `stop` along one axis. */
export const slice: OpDefinition<'slice'> = {
  infer(inputs, { axis, start, stop, step }, fail) {
    checkCount(inputs, 1, 1, fail);
    const size = knownDim(inputs[0]!, axis, fail);
    const valid = [start, stop, step].every(Number.isInteger) && step >= 1;
    if (!valid || start < 0 || stop > size || start >= stop) {
      fail(`a range within 0..${size}`, `${start}:${stop}:${step}`);
    }
    return withDim(inputs[0]!, axis, Math.ceil((stop - start) / step));
  },
  traits: {},
};

/** Given positions along one axis. */
export const gather: OpDefinition<'gather'> = {
  infer(inputs, { axis, indices }, fail) {
    checkCount(inputs, 1, 1, fail);
    const size = knownDim(inputs[0]!, axis, fail);
    const outside = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= size);
    if (outside !== undefined) fail(`indices within 0..${size - 1}`, `${outside}`);
    if (indices.length === 0) fail('at least one index', 'none');
    return withDim(inputs[0]!, axis, indices.length);
  },
  traits: {},
};

/** The same elements under another shape. */
export const reshape: OpDefinition<'reshape'> = {
  infer(inputs, { shape }, fail) {
    checkCount(inputs, 1, 1, fail);
    const from = inputs[0]!;
    const isDim = (dim: Dim): boolean =>
      typeof dim === 'string' || (Number.isInteger(dim) && dim >= 1);
    if (!shape.every(isDim)) fail('whole numbers of at least 1', shapeText(shape));
    const symbols = (dims: readonly Dim[]): string =>
      dims
        .filter((dim) => typeof dim === 'string')
        .sort()
        .join();
    if (elementsOf(from.shape) !== elementsOf(shape) || symbols(from.shape) !== symbols(shape)) {
      fail(`a shape of as many elements as ${shapeText(from.shape)}`, shapeText(shape));
    }
    return { dtype: from.dtype, shape };
  },
  traits: { global: true },
};

/** Permuted axes. */
export const transpose: OpDefinition<'transpose'> = {
  infer(inputs, { perm }, fail) {
    checkCount(inputs, 1, 1, fail);
    const { dtype, shape } = inputs[0]!;
    const sorted = [...perm].sort((a, b) => a - b);
    if (sorted.length !== shape.length || sorted.some((axis, i) => axis !== i)) {
      fail(`a permutation of ${shape.length} axes`, shapeText(perm));
    }
    return { dtype, shape: perm.map((axis) => shape[axis]!) };
  },
  traits: { global: true },
};

/** @file What gradients of windows do along one axis, at rank 3 whatever the rank of the tensor. */
import * as tf from '@tensorflow/tfjs';

/** Sizes before, along and after an axis: a tensor seen as `[outer, size, inner]`. */
function aroundAxis(
  shape: readonly number[],
  axis: number,
): [outer: number, size: number, inner: number] {
  const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  return [product(shape.slice(0, axis)), shape[axis]!, product(shape.slice(axis + 1))];
}

const withSize = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((old, i) => (i === axis ? size : old));

/** Adds `before` and `after` positions of zeros along an axis, or takes them away where negative. */
export function fitAxis(x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor {
  if (before === 0 && after === 0) return x;
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  let seen: tf.Tensor3D = tf.reshape(x, [outer, size, inner]);
  const [first, last] = [Math.max(0, -before), size - Math.max(0, -after)];
  if (last - first < size) seen = tf.slice(seen, [0, first, 0], [outer, last - first, inner]);
  const [top, bottom] = [Math.max(0, before), Math.max(0, after)];
  if (top > 0 || bottom > 0) {
    seen = tf.pad(seen, [
      [0, 0],
      [top, bottom],
      [0, 0],
    ]);
  }
  return tf.reshape(seen, withSize(x.shape, axis, size + before + after));
}

/** Puts `step − 1` zeros after each position along an axis. */
export function spreadAxis(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  if (step === 1) return x;
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const groups = tf.pad(tf.reshape(x, [outer * size, 1, inner]), [
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  return tf.reshape(groups, withSize(x.shape, axis, size * step));
}

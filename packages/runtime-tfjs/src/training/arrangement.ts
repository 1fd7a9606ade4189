/** @file Taking positions so that the gradient exists on every backend. */
import * as tf from '@tensorflow/tfjs';
import { aroundAxis } from '../kernels/axis-backprop.js';
import { sliceAxis } from '../lowering/rearrange.js';

/** The given positions along an axis of the tensor; TF.js' gradient of `gather` lacks a kernel on WebAssembly. */
export function gatherAxis(x: tf.Tensor, axis: number, indices: readonly number[]): tf.Tensor {
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const seen = args[0] as tf.Tensor;
    return {
      value: pick(seen, indices),
      gradFunc: (dy: tf.Tensor) => tf.tidy(() => scatter(dy, size, indices)),
    };
  });
  const shape = x.shape.map((old, i) => (i === axis ? indices.length : old));
  return tf.reshape(run(tf.reshape(x, [outer, size, inner])), shape);
}

const pick = (x: tf.Tensor, indices: readonly number[]): tf.Tensor =>
  tf.gather(x, tf.tensor1d([...indices], 'int32'), 1);

/** Sums `dy` at each position that it was taken from. */
function scatter(dy: tf.Tensor, size: number, indices: readonly number[]): tf.Tensor {
  const [outer, , inner] = dy.shape as [number, number, number];
  const parts = Array.from({ length: size }, (_, position) => {
    const takers = indices.flatMap((index, i) => (index === position ? [i] : []));
    const pieces = takers.map((i) => sliceAxis(dy, 1, i, i + 1));
    if (pieces.length === 0) return tf.zeros([outer, 1, inner]);
    return pieces.reduce((sum, piece) => tf.add(sum, piece));
  });
  return parts.length === 1 ? parts[0]! : tf.concat(parts, 1);
}

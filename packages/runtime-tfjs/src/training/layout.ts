/**
 * @file How values lie in TF.js tensors while training: those of five axes with channels last
 * (`[N, T, H, W, C]`, what TF.js' windows want), all others in the graph's own order of axes.
 */
import * as tf from '@tensorflow/tfjs';

/** The tensor's axis of each of the graph's axes N, C, T, H, W. */
const PHYSICAL_AXES = [0, 4, 1, 2, 3] as const;
/** The graph's axis of each of the tensor's axes N, T, H, W, C. */
const LOGICAL_AXES = [0, 2, 3, 4, 1] as const;

/** The tensor's axis of one of the graph's axes. */
export function physicalAxis(rank: number, axis: number): number {
  return rank === 5 ? PHYSICAL_AXES[axis]! : axis;
}

/** A tensor's shape as the graph has it. */
export function logicalShape(shape: readonly number[]): number[] {
  return shape.length === 5 ? PHYSICAL_AXES.map((axis) => shape[axis]!) : [...shape];
}

/** From the graph's order of axes to the tensor's; rank 3 is all that it takes. */
export function toPhysical(x: tf.Tensor): tf.Tensor {
  if (x.rank !== 5) return x;
  const [n, c, t, h, w] = x.shape as [number, number, number, number, number];
  const flat = tf.transpose(tf.reshape(x, [n, c, t * h * w]), [0, 2, 1]);
  return tf.reshape(flat, [n, t, h, w, c]);
}

/** From the tensor's order of axes to the graph's. */
export function toLogical(x: tf.Tensor): tf.Tensor {
  if (x.rank !== 5) return x;
  const [n, t, h, w, c] = x.shape as [number, number, number, number, number];
  const flat = tf.transpose(tf.reshape(x, [n, t * h * w, c]), [0, 2, 1]);
  return tf.reshape(flat, [n, c, t, h, w]);
}

/** The permutation of the tensor's axes that permutes the graph's axes by `perm`. */
export function physicalPermutation(perm: readonly number[]): number[] {
  const rank = perm.length;
  return perm.map((_, k) => physicalAxis(rank, perm[rank === 5 ? LOGICAL_AXES[k]! : k]!));
}

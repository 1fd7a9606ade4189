/** @file Sums over all positions, which have to keep their digits. */
import * as tf from '@tensorflow/tfjs';

/**
 * Sums `[P, C]` over P in two steps of about √P rows: one long sum in float32 would lose digits, and
 * products with ones are the fastest sums over leading axes.
 */
export function columnSums(x: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const [rows, columns] = x.shape;
    const inner = divisorNear(rows);
    const outer = rows / inner;
    const first = tf.matMul(tf.ones([1, outer]), tf.reshape(x, [outer, inner * columns]));
    const second = tf.matMul(tf.ones([1, inner]), tf.reshape(first, [inner, columns]));
    return tf.reshape(second, [columns]);
  });
}

/** The largest divisor up to the square root. */
function divisorNear(count: number): number {
  for (let d = Math.floor(Math.sqrt(count)); d > 1; d--) if (count % d === 0) return d;
  return 1;
}

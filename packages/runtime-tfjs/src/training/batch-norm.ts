/**
 * @file Batch norm with the statistics of the batch and a gradient of our own: TF.js has a rank-5 batch
 * norm for inference only, and its moments lose digits over the many positions of a clip. So does native
 * TensorFlow's fused kernel: with it, training left its course in float64 many times as soon.
 */
import * as tf from '@tensorflow/tfjs';
import { columnSums } from '../lowering/column-sums.js';

/** Mean and unbiased variance of one batch, each `[C]`: what running averages take in. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/**
 * Normalises `x [P, C]` by the batch's own mean and biased variance (Ioffe and Szegedy 2015), then
 * `· scale + shift`. `collect` gets the statistics, which it has to dispose.
 */
export function batchNormTraining(
  x: tf.Tensor2D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon: number,
  collect: (statistics: BatchStatistics) => void,
): tf.Tensor2D {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [a, gamma, beta, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const count = a.shape[0];
    const mean = tf.div(columnSums(a), count) as tf.Tensor1D;
    const centred = tf.sub(a, mean) as tf.Tensor2D;
    const squares = columnSums(tf.square(centred));
    const deviation = tf.rsqrt(tf.add(tf.div(squares, count), epsilon));
    // A single position has no spread; PyTorch refuses it, and it must not become NaN here.
    const variance = tf.div(squares, Math.max(1, count - 1)) as tf.Tensor1D;
    collect({ mean: tf.keep(tf.clone(mean)), variance: tf.keep(variance) });
    save([centred, deviation, gamma]);
    return {
      value: tf.add(tf.mul(centred, tf.mul(deviation, gamma)), beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradients(dy as tf.Tensor2D, saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]),
    };
  });
  return run(x, scale, shift) as tf.Tensor2D;
}

function gradients(
  dy: tf.Tensor2D,
  [centred, deviation, gamma]: [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D],
): tf.Tensor[] {
  return tf.tidy(() => {
    const count = dy.shape[0];
    const dShift = columnSums(dy);
    const dScale = tf.mul(columnSums(tf.mul(dy, centred) as tf.Tensor2D), deviation);
    // dx = γ/σ · (dy − Σdy/P − x̂ · Σ(dy·x̂)/P), with x̂ = centred/σ.
    const along = tf.mul(centred, tf.div(tf.mul(dScale, deviation), count));
    const rest = tf.sub(dy, tf.add(along, tf.div(dShift, count)));
    return [tf.mul(rest, tf.mul(gamma, deviation)), dScale, dShift];
  });
}

/** Normalises `x [P, C]` by fixed statistics, then `· scale + shift`. */
export function batchNormFixed(
  x: tf.Tensor2D,
  [scale, shift, mean, variance]: readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
  epsilon: number,
): tf.Tensor2D {
  const factor = tf.rsqrt(tf.add(variance, epsilon));
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [a, gamma, beta, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const normal = tf.mul(tf.sub(a, mean), factor);
    save([normal, gamma, factor]);
    return {
      value: tf.add(tf.mul(normal, gamma), beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const [seen, g, f] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
          const dScale = columnSums(tf.mul(dy, seen) as tf.Tensor2D);
          return [tf.mul(dy, tf.mul(g, f)), dScale, columnSums(dy as tf.Tensor2D)];
        }),
    };
  });
  return run(x, scale, shift) as tf.Tensor2D;
}

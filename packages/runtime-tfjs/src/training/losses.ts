/** @file Losses over a batch, stable for large logits and differentiable on every backend. */
import { ShapeError, shapeText, type HostTensor } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';

/** The class of each clip, or a distribution over classes `[N, classes]` for each. */
export type ClassTargets = readonly number[] | HostTensor<'float32'>;

/**
 * Mean over clips of `−Σ target · log softmax(logits)`, for `logits [N, classes]`. Throws {@link ShapeError} for
 * targets that do not fit.
 */
export function crossEntropy(logits: tf.Tensor, targets: ClassTargets): tf.Scalar {
  const [clips, classes] = logits.shape as [number, number];
  const wanted = targetTensor(
    'crossEntropy',
    logits,
    'data' in targets ? targets : oneHot(targets, classes),
  );
  const terms = tf.mul(tf.logSoftmax(logits as tf.Tensor2D), wanted);
  return tf.div(tf.sum(terms), -clips);
}

/**
 * Mean over clips and classes of the binary cross-entropy of `sigmoid(logits)` (multi-label), for logits and
 * targets `[N, classes]`. Throws {@link ShapeError} for targets that do not fit.
 */
export function binaryCrossEntropy(logits: tf.Tensor, targets: HostTensor<'float32'>): tf.Scalar {
  const wanted = targetTensor('binaryCrossEntropy', logits, targets);
  // max(x, 0) − x·t + log(1 + e^−|x|) overflows nowhere.
  const rest = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.mean(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, wanted)), rest));
}

function targetTensor(
  site: string,
  { shape }: tf.Tensor,
  targets: HostTensor<'float32'>,
): tf.Tensor {
  const fits = shape.length === 2 && targets.shape.join() === shape.join();
  if (fits) return tf.tensor(targets.data, [...targets.shape]);
  throw new ShapeError({
    site,
    expected: `targets of the logits' shape ${shapeText(shape)}`,
    received: shapeText(targets.shape),
  });
}

function oneHot(labels: readonly number[], classes: number): HostTensor<'float32'> {
  const data = new Float32Array(labels.length * classes);
  labels.forEach((label, clip) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ShapeError({
        site: `crossEntropy: clip ${clip}`,
        expected: `a class from 0 to ${classes - 1}`,
        received: `${label}`,
      });
    }
    data[clip * classes + label] = 1;
  });
  return { dtype: 'float32', shape: [labels.length, classes], data };
}

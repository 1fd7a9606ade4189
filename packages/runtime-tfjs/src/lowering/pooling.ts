/** @file Pooling over time and space as one over space, with frames as a batch, and one over time. */
import type { Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { subsample } from './convolution-2d.js';
import { explicitPadding, type Padding, type Pair } from './window-2d.js';

/** A pooling window over T, H, W. */
export interface PoolWindow {
  readonly kernel: Triple;
  readonly stride: Triple;
  readonly padding: readonly [Padding, Padding, Padding];
}

type Pool2d = (
  x: tf.Tensor4D,
  kernel: Pair,
  stride: Pair,
  padding: readonly [Padding, Padding],
) => tf.Tensor4D;

/** The largest of each window of `[N,T,H,W,C]`; padding never wins. */
export function maxPool(x: tf.Tensor5D, window: PoolWindow): tf.Tensor5D {
  return separable(x, window, (plane, kernel, stride, padding) => {
    const explicit = explicitPadding(padding);
    // Native TensorFlow takes explicit padding for convolutions, but not for pooling.
    if (explicit !== 'valid' && tf.getBackend() === 'tensorflow') {
      const padded = tf.pad(plane, explicit, -Infinity);
      return tf.maxPool(padded, [...kernel], [...stride], 'valid');
    }
    return tf.maxPool(plane, [...kernel], [...stride], explicit);
  });
}

/** The mean of each window of `[N,T,H,W,C]`; padding is zeros that count, as in PyTorch. */
export function avgPool(x: tf.Tensor5D, window: PoolWindow): tf.Tensor5D {
  return separable(x, window, (plane, kernel, stride, [h, w]) => {
    const isPadded = [...h, ...w].some((size) => size !== 0);
    const padded = isPadded ? tf.pad(plane, [[0, 0], [...h], [...w], [0, 0]]) : plane;
    return tf.avgPool(padded, [...kernel], [...stride], 'valid');
  });
}

/** The mean of what lies inside of each window of `[N,T,H,W,C]`: padding does not count, as in TF.js. */
export function avgPoolInside(x: tf.Tensor5D, window: PoolWindow): tf.Tensor5D {
  return separable(x, window, (plane, kernel, stride, padding) =>
    tf.avgPool(plane, [...kernel], [...stride], explicitPadding(padding)),
  );
}

function separable(x: tf.Tensor5D, window: PoolWindow, pool: Pool2d): tf.Tensor5D {
  const { kernel, stride, padding } = window;
  const [n, t, h, w, c] = x.shape;
  const frames: tf.Tensor4D = tf.reshape(x, [n * t, h, w, c]);
  const plane = step(
    frames,
    pool,
    [kernel[1], kernel[2]],
    [stride[1], stride[2]],
    [padding[1], padding[2]],
  );
  const [, outH, outW] = plane.shape;
  const lines: tf.Tensor4D = tf.reshape(plane, [n, t, outH * outW, c]);
  const result = step(lines, pool, [kernel[0], 1], [stride[0], 1], [padding[0], [0, 0]]);
  return tf.reshape(result, [n, result.shape[1], outH, outW, c]);
}

/** Windows of one element are no pooling: WebAssembly refuses them. */
function step(
  x: tf.Tensor4D,
  pool: Pool2d,
  kernel: Pair,
  stride: Pair,
  padding: readonly [Padding, Padding],
): tf.Tensor4D {
  const isOne = kernel[0] === 1 && kernel[1] === 1;
  return isOne ? subsample(x, stride) : pool(x, kernel, stride, padding);
}

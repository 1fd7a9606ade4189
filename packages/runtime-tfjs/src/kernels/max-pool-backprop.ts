/**
 * @file The gradient of maximum pooling, in loops over host memory: the one that WebAssembly has gives
 * wrong numbers where windows overlap, are padded or leave elements out (TF.js 4.22).
 */
import * as tf from '@tensorflow/tfjs';
import type { ComposedKernel } from './composed-kernel.js';
import type { Pair } from './conv2d-backprop.js';

/** A pooling window as TF.js works it out: what lies before an axis is padding. */
interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly before: Pair;
}

/**
 * `dx` of the maximum over windows of `x [N, H, W, C]`, where `dy` is `[N, H', W', C]`: each goes to the first of the
 * largest elements of its window, as in PyTorch.
 */
function maxPoolGradient(x: tf.Tensor4D, dy: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [values, gradients] = [x.dataSync(), dy.dataSync()];
  const [clips, h, w, channels] = x.shape;
  const [, outH, outW] = dy.shape;
  const result = new Float32Array(values.length);
  const rows = rangesOf(outH, h, window, 0);
  const columns = rangesOf(outW, w, window, 1);
  const best = new Int32Array(channels);
  let at = 0;
  for (let n = 0; n < clips; n++) {
    for (const [h0, h1] of rows) {
      for (const [w0, w1] of columns) {
        best.fill(-1);
        for (let hi = h0; hi < h1; hi++) {
          const row = (n * h + hi) * w;
          for (let from = (row + w0) * channels; from < (row + w1) * channels;) {
            for (let c = 0; c < channels; c++, from++) {
              const sofar = best[c]!;
              if (sofar < 0 || values[from]! > values[sofar]!) best[c] = from;
            }
          }
        }
        for (let c = 0; c < channels; c++) result[best[c]!]! += gradients[at++]!;
      }
    }
  }
  return tf.tensor4d(result, x.shape);
}

/** First and last input position (exclusive) of each output position along an axis. */
function rangesOf(
  outputs: number,
  size: number,
  { kernel, stride, before }: Window,
  axis: 0 | 1,
): readonly (readonly [number, number])[] {
  return Array.from({ length: outputs }, (_, i) => {
    const from = i * stride[axis]! - before[axis]!;
    return [Math.max(0, from), Math.min(size, from + kernel[axis]!)] as const;
  });
}

type Pool2dArguments = Parameters<typeof tf.backend_util.computePool2DInfo>;

interface PoolAttrs {
  readonly filterSize: Pool2dArguments[1];
  readonly strides: Pool2dArguments[2];
  readonly pad: Pool2dArguments[4];
  readonly dimRoundingMode: Pool2dArguments[5];
}

/** The kernel that the lowering of training graphs runs by its name. */
export const MAX_POOL_GRADIENT: ComposedKernel = {
  kernelName: 'MaxPoolGrad',
  compose({ dy, input }, attrs) {
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttrs;
    const x = input as tf.Tensor4D;
    const info = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return maxPoolGradient(x, dy as tf.Tensor4D, {
      kernel: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      before: [info.padInfo.top, info.padInfo.left],
    });
  },
};

/**
 * @file The gradient of maximum pooling, in loops over host memory: the one that WebAssembly has gives
 * wrong numbers where windows overlap, are padded or leave elements out (TF.js 4.22).
 */
import type { Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import type { ComposedKernel, KernelAttrs } from './composed-kernel.js';

/** A pooling window as TF.js works it out: what lies before an axis is padding. */
interface Window {
  readonly kernel: Triple;
  readonly stride: Triple;
  readonly before: Triple;
}

/**
 * `dx` of the maximum over windows of `x [N, T, H, W, C]`, where `dy` is `[N, T', H', W', C]`: each goes to
 * the first of the largest elements of its window, as in PyTorch.
 */
export function maxPoolGradient(x: tf.Tensor5D, dy: tf.Tensor5D, window: Window): tf.Tensor5D {
  const [values, gradients] = [x.dataSync(), dy.dataSync()];
  const [clips, t, h, w, channels] = x.shape;
  const [, outT, outH, outW] = dy.shape;
  const result = new Float32Array(values.length);
  const ranges = [rangesOf(outT, t, window, 0), rangesOf(outH, h, window, 1)] as const;
  const columns = rangesOf(outW, w, window, 2);
  const best = new Int32Array(channels);
  let at = 0;
  for (let n = 0; n < clips; n++) {
    for (const [t0, t1] of ranges[0]) {
      for (const [h0, h1] of ranges[1]) {
        for (const [w0, w1] of columns) {
          best.fill(-1);
          for (let ti = t0; ti < t1; ti++) {
            for (let hi = h0; hi < h1; hi++) {
              const row = ((n * t + ti) * h + hi) * w;
              for (let from = (row + w0) * channels; from < (row + w1) * channels;) {
                for (let c = 0; c < channels; c++, from++) {
                  const sofar = best[c]!;
                  if (sofar < 0 || values[from]! > values[sofar]!) best[c] = from;
                }
              }
            }
          }
          for (let c = 0; c < channels; c++) result[best[c]!]! += gradients[at++]!;
        }
      }
    }
  }
  return tf.tensor5d(result, x.shape);
}

/** First and last input position (exclusive) of each output position along an axis. */
function rangesOf(
  outputs: number,
  size: number,
  { kernel, stride, before }: Window,
  axis: number,
): readonly (readonly [number, number])[] {
  return Array.from({ length: outputs }, (_, i) => {
    const from = i * stride[axis]! - before[axis]!;
    return [Math.max(0, from), Math.min(size, from + kernel[axis]!)] as const;
  });
}

type PoolInfo = ReturnType<typeof tf.backend_util.computePool2DInfo>;
type Pool3dInfo = ReturnType<typeof tf.backend_util.computePool3DInfo>;
type Pool2dArguments = Parameters<typeof tf.backend_util.computePool2DInfo>;
type Pool3dArguments = Parameters<typeof tf.backend_util.computePool3DInfo>;

const window2d = (info: PoolInfo): Window => ({
  kernel: [1, info.filterHeight, info.filterWidth],
  stride: [1, info.strideHeight, info.strideWidth],
  before: [0, info.padInfo.top, info.padInfo.left],
});

const window3d = (info: Pool3dInfo): Window => ({
  kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
  stride: [info.strideDepth, info.strideHeight, info.strideWidth],
  before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
});

interface PoolAttrs {
  readonly filterSize: Pool2dArguments[1];
  readonly strides: Pool2dArguments[2];
  readonly pad: Pool2dArguments[4];
  readonly dimRoundingMode: Pool2dArguments[5];
}
interface Pool3dAttrs {
  readonly filterSize: Pool3dArguments[1];
  readonly strides: Pool3dArguments[2];
  readonly pad: Pool3dArguments[4];
  readonly dimRoundingMode: Pool3dArguments[5];
}

const attributes = <T>(attrs: KernelAttrs): T => attrs as unknown as T;

const maxPoolGrad: ComposedKernel = {
  kernelName: 'MaxPoolGrad',
  compose({ dy, input }, attrs) {
    const { filterSize, strides, pad, dimRoundingMode } = attributes<PoolAttrs>(attrs);
    const x = input as tf.Tensor4D;
    const info = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const clip = (y: tf.Tensor): tf.Tensor5D => tf.expandDims(y, 1);
    return tf.squeeze(maxPoolGradient(clip(x), clip(dy!), window2d(info)), [1]);
  },
};

const maxPool3dGrad: ComposedKernel = {
  kernelName: 'MaxPool3DGrad',
  compose({ dy, input }, attrs) {
    const { filterSize, strides, pad, dimRoundingMode } = attributes<Pool3dAttrs>(attrs);
    const x = input as tf.Tensor5D;
    const info = tf.backend_util.computePool3DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return maxPoolGradient(x, dy as tf.Tensor5D, window3d(info));
  },
};

/** Gradients of maximum pooling. */
export const MAX_POOL_GRADIENT_KERNELS: readonly ComposedKernel[] = [maxPoolGrad, maxPool3dGrad];

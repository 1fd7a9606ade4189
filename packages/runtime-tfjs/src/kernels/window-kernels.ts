/** @file Convolution and pooling over T, H, W: naive loops in WebAssembly (0.1 GFLOP/s), fast when composed. */
import * as tf from '@tensorflow/tfjs';
import type { Triple } from '@slowfast/core';
import { convolve3d, type Window3d } from '../lowering/convolution-3d.js';
import { avgPoolInside, maxPool, type PoolWindow } from '../lowering/pooling.js';
import type { ComposedKernel, KernelAttrs } from './composed-kernel.js';

type ConvInfo = ReturnType<typeof tf.backend_util.computeConv3DInfo>;

/** Kernel, stride, dilation and padding as TF.js works them out from its attributes. */
export function windowOf(info: ConvInfo): Window3d & PoolWindow {
  const { padInfo } = info;
  return {
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilation: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    padding: [
      [padInfo.front, padInfo.back],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
    ],
  };
}

const three = (sizes: number | Triple): [number, number, number] =>
  typeof sizes === 'number' ? [sizes, sizes, sizes] : [...sizes];

interface ConvAttrs {
  readonly strides: number | Triple;
  readonly dilations: number | Triple;
  readonly pad: 'valid' | 'same';
}

const conv3d: ComposedKernel = {
  kernelName: 'Conv3D',
  compose({ x, filter }, attrs) {
    const { strides, dilations, pad } = attrs as unknown as ConvAttrs;
    const clip = x as tf.Tensor5D;
    const taps = filter as tf.Tensor5D;
    const info = tf.backend_util.computeConv3DInfo(
      clip.shape,
      taps.shape,
      three(strides),
      three(dilations),
      pad,
    );
    return convolve3d(clip, taps, windowOf(info));
  },
};

interface PoolAttrs {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The window of a pooling kernel over `x`. */
export function poolWindowOf(x: tf.Tensor5D, attrs: KernelAttrs): PoolWindow {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttrs;
  return windowOf(
    tf.backend_util.computePool3DInfo(
      x.shape,
      three(filterSize),
      three(strides),
      1,
      pad,
      dimRoundingMode,
    ),
  );
}

const maxPool3d: ComposedKernel = {
  kernelName: 'MaxPool3D',
  compose({ x }, attrs) {
    return maxPool(x as tf.Tensor5D, poolWindowOf(x as tf.Tensor5D, attrs));
  },
};

const avgPool3d: ComposedKernel = {
  kernelName: 'AvgPool3D',
  compose({ x }, attrs) {
    return avgPoolInside(x as tf.Tensor5D, poolWindowOf(x as tf.Tensor5D, attrs));
  },
};

/** Convolution and pooling. */
export const WINDOW_KERNELS: readonly ComposedKernel[] = [conv3d, maxPool3d, avgPool3d];

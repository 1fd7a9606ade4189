/**
 * @file The gradients of TF.js' own convolutions, composed: WebAssembly lacks that of a 2-D filter, and has
 * naive loops for the others. They serve plain `tf` operations and `tf.layers`; our training graph calls
 * what they are made of itself.
 */
import * as tf from '@tensorflow/tfjs';
import { concatAxis, sliceAxis } from '../lowering/rearrange.js';
import { fitAxis, spreadAxis } from './axis-backprop.js';
import type { ComposedKernel, KernelAttrs } from './composed-kernel.js';
import { conv2dFilterGradient, conv2dInputGradient, type Window2d } from './conv2d-backprop.js';

type Conv2dArguments = Parameters<typeof tf.backend_util.computeConv2DInfo>;
type Conv3dArguments = Parameters<typeof tf.backend_util.computeConv3DInfo>;
type Conv3dInfo = ReturnType<typeof tf.backend_util.computeConv3DInfo>;

interface Conv2dAttrs {
  readonly strides: Conv2dArguments[2];
  readonly pad: Conv2dArguments[4];
  readonly dimRoundingMode: Conv2dArguments[5];
  readonly dataFormat: 'NHWC' | 'NCHW';
  /** Of the filter's gradient. */
  readonly filterShape: [number, number, number, number];
  /** Of the input's gradient. */
  readonly inputShape: [number, number, number, number];
}

interface Conv3dAttrs {
  readonly strides: Conv3dArguments[2];
  readonly pad: Conv3dArguments[4];
  readonly filterShape: [number, number, number, number, number];
  readonly inputShape: [number, number, number, number, number];
}

const attributes = <T>(attrs: KernelAttrs): T => attrs as unknown as T;

function window2d(
  input: Conv2dArguments[0],
  filter: Conv2dArguments[1],
  { strides, pad, dimRoundingMode }: Conv2dAttrs,
): Window2d {
  const info = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad, dimRoundingMode);
  return {
    stride: [info.strideHeight, info.strideWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    dilation: [1, 1],
  };
}

const conv2dFilter: ComposedKernel = {
  kernelName: 'Conv2DBackpropFilter',
  compose({ x, dy }, kernelAttrs) {
    const attrs = attributes<Conv2dAttrs>(kernelAttrs);
    if (attrs.dataFormat === 'NCHW') return undefined;
    const [image, gradient] = [x as tf.Tensor4D, dy as tf.Tensor4D];
    const [kH, kW] = attrs.filterShape;
    const window = window2d(image.shape, attrs.filterShape, attrs);
    return conv2dFilterGradient(image, gradient, [kH, kW], window);
  },
};

const conv2dInput: ComposedKernel = {
  kernelName: 'Conv2DBackpropInput',
  compose({ dy, filter }, kernelAttrs) {
    const attrs = attributes<Conv2dAttrs>(kernelAttrs);
    if (attrs.dataFormat === 'NCHW') return undefined;
    const [gradient, weight] = [dy as tf.Tensor4D, filter as tf.Tensor4D];
    const [, height, width] = attrs.inputShape;
    const window = window2d(attrs.inputShape, weight.shape, attrs);
    return conv2dInputGradient([height, width], gradient, weight, window);
  },
};

/** Frames as a batch: `[N·T, H, W, C]`. */
const folded = (x: tf.Tensor): tf.Tensor4D => {
  const [n, t, h, w, c] = x.shape as [number, number, number, number, number];
  return tf.reshape(x, [n * t, h, w, c]);
};

const inSpace = ({ strideHeight, strideWidth, padInfo }: Conv3dInfo): Window2d => ({
  stride: [strideHeight, strideWidth],
  padding: [padInfo.top, padInfo.left],
  dilation: [1, 1],
});

const conv3dFilter: ComposedKernel = {
  kernelName: 'Conv3DBackpropFilterV2',
  compose({ x, dy }, kernelAttrs) {
    const { strides, pad, filterShape } = attributes<Conv3dAttrs>(kernelAttrs);
    const clip = x as tf.Tensor5D;
    const info = tf.backend_util.computeConv3DInfo(clip.shape, filterShape, strides, 1, pad);
    const [kT, kH, kW] = filterShape;
    const { strideDepth: step, outDepth, padInfo } = info;
    const reach = (outDepth - 1) * step + kT;
    const padded = fitAxis(clip, 1, padInfo.front, reach - padInfo.front - clip.shape[1]);
    const gradient = folded(dy!);
    const taps = Array.from({ length: kT }, (_, tap) => {
      const frames = sliceAxis(padded, 1, tap, tap + (outDepth - 1) * step + 1, step);
      return conv2dFilterGradient(folded(frames), gradient, [kH, kW], inSpace(info));
    });
    return tf.reshape(concatAxis(taps, 0), filterShape);
  },
};

const conv3dInput: ComposedKernel = {
  kernelName: 'Conv3DBackpropInputV2',
  compose({ dy, filter }, kernelAttrs) {
    const { strides, pad, inputShape } = attributes<Conv3dAttrs>(kernelAttrs);
    const weight = filter as tf.Tensor5D;
    const info = tf.backend_util.computeConv3DInfo(inputShape, weight.shape, strides, 1, pad);
    const [n, t, h, w, channels] = inputShape;
    const [kT, ...plane] = weight.shape;
    const { strideDepth: step, outDepth, padInfo } = info;
    const gradient = folded(dy!);
    const taps = Array.from({ length: kT }, (_, tap) => {
      const one = tf.reshape(sliceAxis(weight, 0, tap, tap + 1), plane) as tf.Tensor4D;
      const frames = conv2dInputGradient([h, w], gradient, one, inSpace(info));
      const spread = spreadAxis(tf.reshape(frames, [n, outDepth, h, w, channels]), 1, step);
      const before = tap - padInfo.front;
      return fitAxis(spread, 1, before, t - before - spread.shape[1]!);
    });
    return taps.reduce((sum, part) => tf.add(sum, part));
  },
};

/** Gradients of convolutions over two and three axes. */
export const CONVOLUTION_GRADIENT_KERNELS: readonly ComposedKernel[] = [
  conv2dFilter,
  conv2dInput,
  conv3dFilter,
  conv3dInput,
];

/** @file Convolution over two axes, dense, grouped or depthwise, with bias and activation in one step. */
import type { ActivationFunction } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { channelsAtOnce, overChannels } from '../kernels/conv2d-backprop.js';
import { activate } from './activate.js';
import type { DerivedWeights } from './context.js';
import { fastRows, isFastRows } from './fast-rows.js';
import { concatAxis, sliceAxis } from './rearrange.js';
import { explicitPadding, type Epilogue, type Pair, type Window2d } from './window-2d.js';

/** What every backend applies while it writes the result; others are applied to the result. */
const FUSED = new Set<ActivationFunction>(['relu', 'relu6']);

/**
 * `(x [B,H,W,C], filter [kH,kW,C/groups,O]) → [B,H',W',O]`; with `derived`, wide filters of 3 rows by {@link fastRows}.
 * Where weights change (`isTraining`) long sums are made of shorter ones, which keep their digits.
 */
export function convolve2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue = {},
  derived?: DerivedWeights,
  isTraining = false,
): tf.Tensor4D {
  const { stride, dilation } = window;
  if (stride.some((s) => s > 1) && dilation.some((d) => d > 1)) {
    // TF.js refuses both at once: every position, of which each stride-th is kept.
    const all = convolve2d(x, filter, { ...window, stride: [1, 1] }, epilogue, derived, isTraining);
    return subsample(all, stride);
  }
  if (derived && isFastRows(x, filter, window)) {
    return fastRows(x, filter, window, epilogue, { derived, product: dense });
  }
  const groups = x.shape[3] / filter.shape[2];
  if (groups === 1) {
    return (isTraining ? denseInParts : dense)(x, filter, window, epilogue);
  }
  return filter.shape[2] === 1
    ? depthwise(x, filter, window, epilogue)
    : grouped(x, filter, window, epilogue);
}

/** Each stride-th position of `[B,H,W,C]`. */
export function subsample(x: tf.Tensor4D, [h, w]: Pair): tf.Tensor4D {
  const rows = h > 1 ? sliceAxis(x, 1, 0, x.shape[1], h) : x;
  return (w > 1 ? sliceAxis(rows, 2, 0, x.shape[2], w) : rows) as tf.Tensor4D;
}

/** The sum over some channels after the other, where a filter has many. */
function denseInParts(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue,
): tf.Tensor4D {
  const [kH, kW, channels] = filter.shape;
  if (channels <= channelsAtOnce(kH, kW)) return dense(x, filter, window, epilogue);
  return finished(
    overChannels(x, filter, (part, taps) => dense(part, taps, window, {})),
    epilogue,
  );
}

/** The bias and the activation, where they could not be part of the convolution. */
export function finished<T extends tf.Tensor>(
  sum: T,
  { bias, activation = 'identity' }: Epilogue,
): T {
  return activate(bias ? tf.add(sum, bias) : sum, activation) as T;
}

function dense(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue,
): tf.Tensor4D {
  const [kH, kW, inChannels, outChannels] = filter.shape;
  const { bias, activation, rest } = split(epilogue);
  if (kH === 1 && kW === 1 && window.stride.every((s) => s === 1) && !isPadded(window)) {
    const [b, h, w] = x.shape;
    const product = tf.fused.matMul({
      a: tf.reshape(x, [b * h * w, inChannels]) as tf.Tensor2D,
      b: tf.reshape(filter, [inChannels, outChannels]) as tf.Tensor2D,
      ...(bias ? { bias } : {}),
      activation,
    });
    return activate(tf.reshape(product, [b, h, w, outChannels]), rest) as tf.Tensor4D;
  }
  const result = tf.fused.conv2d({
    x,
    filter,
    strides: [...window.stride],
    dilations: [...window.dilation],
    pad: explicitPadding(window.padding),
    ...(bias ? { bias: bias as tf.Tensor1D } : {}),
    activation,
  });
  return activate(result, rest) as tf.Tensor4D;
}

function depthwise(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue,
): tf.Tensor4D {
  const [kH, kW, , outChannels] = filter.shape;
  const channels = x.shape[3];
  const { bias, activation, rest } = split(epilogue);
  const result = tf.fused.depthwiseConv2d({
    x,
    filter: tf.reshape(filter, [kH, kW, channels, outChannels / channels]) as tf.Tensor4D,
    strides: [...window.stride],
    dilations: [...window.dilation],
    // Its declaration leaves out what it takes, as tf.depthwiseConv2d does.
    pad: explicitPadding(window.padding) as unknown as number,
    ...(bias ? { bias } : {}),
    activation,
  });
  return activate(result, rest) as tf.Tensor4D;
}

function grouped(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue,
): tf.Tensor4D {
  const inSize = filter.shape[2];
  const groups = x.shape[3] / inSize;
  const outSize = filter.shape[3] / groups;
  const part = <T extends tf.Tensor>(tensor: T, axis: number, group: number, size: number): T =>
    sliceAxis(tensor, axis, group * size, (group + 1) * size) as T;
  const parts = Array.from({ length: groups }, (_, group) =>
    dense(part(x, 3, group, inSize), part(filter, 3, group, outSize), window, {
      ...epilogue,
      bias: epilogue.bias && part(epilogue.bias, 0, group, outSize),
    }),
  );
  return concatAxis(parts, 3) as tf.Tensor4D;
}

interface SplitEpilogue {
  readonly bias: tf.Tensor | undefined;
  readonly activation: 'linear' | 'relu' | 'relu6';
  readonly rest: ActivationFunction;
}

function split({ bias, activation = 'identity' }: Epilogue): SplitEpilogue {
  const isFused = FUSED.has(activation);
  return {
    bias,
    activation: isFused ? (activation as 'relu' | 'relu6') : 'linear',
    rest: isFused ? 'identity' : activation,
  };
}

const isPadded = ({ padding }: Window2d): boolean => padding.flat().some((size) => size !== 0);

/**
 * @file Convolution over time and space, made of those over two axes, at which every backend is many
 * times faster. A clip is `[N,T,H,W,C]` here, a filter `[kT,kH,kW,C/groups,O]`.
 *
 * 1. No extent in time: frames are a batch, `[N·T,H,W,C]`.
 * 2. No extent in space: `[N,T,H·W,C]` with a filter `[kT,1]`.
 * 3. Both, few channels: the frames that an output sees become channels, then as 1.
 * 4. Both: a sum over time taps, each as 1.
 */
import type { Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { overChannels, termsAtOnce } from '../kernels/conv2d-backprop.js';
import { activate } from './activate.js';
import type { DerivedWeights } from './context.js';
import { convolve2d, finished } from './convolution-2d.js';
import { padAxis, permute, sliceAxis } from './rearrange.js';
import type { Epilogue, Padding, Window2d } from './window-2d.js';

/** A window over T, H, W. */
export interface Window3d {
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly padding: readonly [Padding, Padding, Padding];
}

/** Channels times taps up to which rearranging frames costs less than several sums do. */
const FEW_CHANNELS = 32;

/** Whether a filter has an extent in time and in space. */
export function isVolume({ shape: [kT, kH, kW] }: tf.Tensor5D): boolean {
  return kT > 1 && kH * kW > 1;
}

/** Whether it also has few channels: a stem of the Fast pathway. */
function isThinVolume(filter: tf.Tensor5D): boolean {
  const [kT, , , perGroup] = filter.shape;
  return isVolume(filter) && perGroup * kT <= FEW_CHANNELS;
}

/** `(x [N,T,H,W,C], filter [kT,kH,kW,C/groups,O]) → [N,T',H',W',O]`. */
export function convolve3d(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  window: Window3d,
  epilogue: Epilogue = {},
  derived?: DerivedWeights,
  isTraining = false,
): tf.Tensor5D {
  const [kT, kH, kW, perGroup] = filter.shape;
  const [padT, padH, padW] = window.padding;
  const isPadded = (padding: Padding): boolean => padding[0] + padding[1] > 0;
  if (kT === 1 && !isPadded(padT)) return spatial(x, filter, window, epilogue, derived, isTraining);
  if (kH === 1 && kW === 1 && !isPadded(padH) && !isPadded(padW)) {
    return temporal(x, filter, window, epilogue, derived, isTraining);
  }
  return perGroup === x.shape[4] && isThinVolume(filter)
    ? stacked(x, filter, window, epilogue, derived, isTraining)
    : summed(x, filter, window, epilogue, isTraining);
}

/** The part of a window over H and W. */
const inSpace = ({ stride, dilation, padding }: Window3d): Window2d => ({
  stride: [stride[1], stride[2]],
  dilation: [dilation[1], dilation[2]],
  padding: [padding[1], padding[2]],
});

/** The part of a window over T, for `[N,T,H·W,C]`. */
const inTime = ({ stride, dilation, padding }: Window3d): Window2d => ({
  stride: [stride[0], 1],
  dilation: [dilation[0], 1],
  padding: [padding[0], [0, 0]],
});

const everyFrame = (x: tf.Tensor5D, step: number): tf.Tensor5D =>
  step === 1 ? x : (sliceAxis(x, 1, 0, x.shape[1], step) as tf.Tensor5D);

function spatial(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  window: Window3d,
  epilogue: Epilogue,
  derived?: DerivedWeights,
  isTraining = false,
): tf.Tensor5D {
  const frames = everyFrame(x, window.stride[0]);
  const [n, t, h, w, c] = frames.shape;
  const [, ...plane] = filter.shape;
  const batch: tf.Tensor4D = tf.reshape(frames, [n * t, h, w, c]);
  const taps = tf.reshape(filter, plane) as tf.Tensor4D;
  const y = convolve2d(batch, taps, inSpace(window), epilogue, derived, isTraining);
  const [, outH, outW, outC] = y.shape;
  return tf.reshape(y, [n, t, outH, outW, outC]);
}

function temporal(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  window: Window3d,
  epilogue: Epilogue,
  derived: DerivedWeights | undefined,
  isTraining = false,
): tf.Tensor5D {
  const [, strideH, strideW] = window.stride;
  const rows = strideH > 1 ? sliceAxis(x, 2, 0, x.shape[2], strideH) : x;
  const columns = strideW > 1 ? sliceAxis(rows, 3, 0, x.shape[3], strideW) : rows;
  const [n, t, h, w, c] = columns.shape as [number, number, number, number, number];
  const [kT, , , perGroup, outC] = filter.shape;
  const lines: tf.Tensor4D = tf.reshape(columns, [n, t, h * w, c]);
  const taps: tf.Tensor4D = tf.reshape(filter, [kT, 1, perGroup, outC]);
  const y = convolve2d(lines, taps, inTime(window), epilogue, derived, isTraining);
  return tf.reshape(y, [n, y.shape[1], h, w, outC]);
}

/**
 * The frames of each output side by side as channels. A convolution over time with filters of one 1 each
 * does it: that is exact, pads and strides at once, and takes a fraction of the time that copying does.
 */
function stacked(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  window: Window3d,
  epilogue: Epilogue,
  derived: DerivedWeights | undefined,
  isTraining: boolean,
): tf.Tensor5D {
  const [kT, kH, kW, c, outC] = filter.shape;
  const make = (): readonly [tf.Tensor5D, tf.Tensor5D] => [
    selection(kT, c),
    tf.reshape(permute(filter, [1, 2, 0, 3, 4]), [1, kH, kW, kT * c, outC]),
  ];
  const [selecting, convolving] = derived ? derived.of(filter, 'stacked frames', make) : make();
  const [strideT, strideH, strideW] = window.stride;
  const frames = temporal(x, selecting, { ...window, stride: [strideT, 1, 1] }, {}, undefined);
  const rest: Window3d = { ...window, stride: [1, strideH, strideW] };
  if (!isTraining) return spatial(frames, convolving, rest, epilogue);
  // Weights that change: short sums, which keep their digits.
  const most = Math.max(1, Math.floor(termsAtOnce().stem / (kH * kW * c))) * c;
  const [n, t, h, w] = frames.shape;
  const sum = overChannels(
    tf.reshape(frames, [n * t, h, w, kT * c]),
    tf.reshape(convolving, [kH, kW, kT * c, outC]),
    (part, taps) => convolve2d(part, taps, inSpace(rest), {}, undefined, true),
    most,
  );
  const [, outH, outW] = sum.shape;
  return tf.reshape(finished(sum, epilogue), [n, t, outH, outW, outC]);
}

/** The filter `[kT,1,1,C,kT·C]` whose output `k·C + c` is channel c of frame k. */
function selection(kT: number, c: number): tf.Tensor5D {
  return tf.reshape(tf.eye(kT * c), [kT, 1, 1, c, kT * c]);
}

function summed(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  window: Window3d,
  { bias, activation = 'identity' }: Epilogue,
  isTraining: boolean,
): tf.Tensor5D {
  const [kT] = filter.shape;
  const { stride, dilation, padding } = window;
  const padded = padAxis(x, 1, ...padding[0]) as tf.Tensor5D;
  const reach = dilation[0] * (kT - 1) + 1;
  const last = padded.shape[1] - reach;
  const rest: Window3d = { ...window, stride: [1, stride[1], stride[2]] };
  let sum: tf.Tensor5D | undefined;
  for (let tap = 0; tap < kT; tap++) {
    const start = tap * dilation[0];
    const frames = sliceAxis(padded, 1, start, start + last + 1, stride[0]) as tf.Tensor5D;
    const plane = sliceAxis(filter, 0, tap, tap + 1) as tf.Tensor5D;
    // The bias joins at the first tap, the activation when all are there.
    const own = tap === 0 ? { bias } : {};
    const term = spatial(frames, plane, rest, own, undefined, isTraining);
    sum = sum === undefined ? term : tf.add(sum, term);
  }
  return activate(sum!, activation) as tf.Tensor5D;
}

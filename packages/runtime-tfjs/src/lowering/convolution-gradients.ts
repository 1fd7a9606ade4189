/** @file The gradients of a convolution over time and space, of 2-D ones as the convolution itself. */
import type { LoweringTable, NodeOf, Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { fitAxis, spreadAxis } from '../kernels/axis-backprop.js';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  type Window2d,
} from '../kernels/conv2d-backprop.js';
import type { LoweringContext } from './context.js';
import { convolve3d } from './convolution-3d.js';
import { CHANNELS_LAST, FILTER, inOrder, placed, type Placed } from './placed.js';
import { concatAxis, sliceAxis } from './rearrange.js';

type Table = LoweringTable<LoweringContext, Placed>;
type Attrs = NodeOf<'conv3d_weight_gradient'>['attrs'];
type Clip = [n: number, t: number, h: number, w: number, c: number];

/** Channels times taps up to which the frames that a window sees become channels. */
const FEW_CHANNELS = 32;

/** Whether a window extends in time alone. */
const isTemporal = ({ kernel, padding }: Attrs): boolean =>
  kernel[0] > 1 && kernel[1] === 1 && kernel[2] === 1 && padding[1] === 0 && padding[2] === 0;

const overTime = ({ stride, padding, dilation }: Attrs): Window2d => ({
  stride: [stride[0], 1],
  padding: [padding[0], 0],
  dilation: [dilation[0], 1],
});

/** Stride and padding over H and W, and the dilation where TF.js takes it beside the stride. */
function inPlane({ stride, padding, dilation }: Attrs): Window2d & { readonly isBoth: boolean } {
  const isBoth = stride.slice(1).some((s) => s > 1) && dilation.slice(1).some((d) => d > 1);
  return {
    stride: [stride[1], stride[2]],
    padding: [padding[1], padding[2]],
    dilation: isBoth ? [1, 1] : [dilation[1], dilation[2]],
    isBoth,
  };
}

/** Taps of one frame `[kH,kW,C,O]`, with the zeros of a dilation between them. */
function dilated(plane: tf.Tensor, { kernel, dilation }: Attrs): tf.Tensor {
  return [0, 1].reduce((taps, axis) => {
    const gap = dilation[axis + 1]!;
    const size = gap * (kernel[axis + 1]! - 1) + 1;
    return sliceAxis(spreadAxis(taps, axis, gap), axis, 0, size);
  }, plane);
}

/** The filter `[kT,kH,kW,C,O]` of an ungrouped convolution: zeros where a group does not look. */
function dense(filter: tf.Tensor, groups: number): tf.Tensor {
  if (groups === 1) return filter;
  const [perGroup, out] = filter.shape.slice(3) as [number, number];
  const each = out / groups;
  const parts = Array.from({ length: groups }, (_, group) => {
    const own = sliceAxis(filter, 4, group * each, (group + 1) * each);
    return fitAxis(own, 3, group * perGroup, (groups - 1 - group) * perGroup);
  });
  return concatAxis(parts, 4);
}

/** `(dy, weight) → dx`. */
export const conv3dInputGradient: Table['conv3d_input_gradient'] = ({ attrs }, [dy, weight]) => {
  const filter = dense(inOrder(weight!, FILTER), attrs.groups);
  const gradient = inOrder(dy!, CHANNELS_LAST);
  return placed(inputGradient(gradient, filter, attrs, attrs.size), CHANNELS_LAST);
};

function inputGradient(dy: tf.Tensor, filter: tf.Tensor, attrs: Attrs, size: Triple): tf.Tensor {
  const [n, t, h, w, out] = dy.shape as Clip;
  const [kT, kH, kW, channels] = filter.shape as Clip;
  if (isTemporal(attrs)) {
    const lines = tf.reshape(dy, [n, t, h * w, out]) as tf.Tensor4D;
    const taps = tf.reshape(filter, [kT, 1, channels, out]) as tf.Tensor4D;
    const dx = conv2dInputGradient([size[0], h * w], lines, taps, overTime(attrs));
    const spread = [2, 3].reduce(
      (x: tf.Tensor, axis) => {
        const all = spreadAxis(x, axis, attrs.stride[axis - 1]!);
        return fitAxis(all, axis, 0, size[axis - 1]! - all.shape[axis]!);
      },
      tf.reshape(dx, [n, size[0], h, w, channels]),
    );
    return spread;
  }
  const frames = tf.reshape(dy, [n * t, h, w, out]) as tf.Tensor4D;
  const window = inPlane(attrs);
  const terms: tf.Tensor[] = [];
  for (let tap = 0; tap < kT; tap++) {
    const before = tap * attrs.dilation[0] - attrs.padding[0];
    // A tap that meets no frame gives nothing.
    if (before >= size[0] || before + (t - 1) * attrs.stride[0] < 0) continue;
    const plane = tf.reshape(sliceAxis(filter, 0, tap, tap + 1), [kH, kW, channels, out]);
    const taps = (window.isBoth ? dilated(plane, attrs) : plane) as tf.Tensor4D;
    const dx = conv2dInputGradient([size[1], size[2]], frames, taps, window);
    const clip = tf.reshape(dx, [n, t, size[1], size[2], channels]);
    const spread = spreadAxis(clip, 1, attrs.stride[0]);
    terms.push(fitAxis(spread, 1, before, size[0] - before - spread.shape[1]!));
  }
  return terms.reduce((sum, term) => tf.add(sum, term));
}

/** `(dy, x) → dw`. */
export const conv3dWeightGradient: Table['conv3d_weight_gradient'] = ({ attrs }, [dy, x]) => {
  const { groups } = attrs;
  const whole = weightGradient(inOrder(dy!, CHANNELS_LAST), inOrder(x!, CHANNELS_LAST), attrs);
  if (groups === 1) return placed(whole, FILTER);
  const [channels, out] = whole.shape.slice(3) as [number, number];
  const parts = Array.from({ length: groups }, (_, group) => {
    const [own, each] = [channels / groups, out / groups];
    const rows = sliceAxis(whole, 3, group * own, (group + 1) * own);
    return sliceAxis(rows, 4, group * each, (group + 1) * each);
  });
  return placed(concatAxis(parts, 4), FILTER);
};

/** `[kT,kH,kW,C,O]`. */
function weightGradient(dy: tf.Tensor, x: tf.Tensor, attrs: Attrs): tf.Tensor {
  const [n, t, h, w, out] = dy.shape as Clip;
  const channels = x.shape[4]!;
  const [kT, kH, kW] = attrs.kernel;
  if (isTemporal(attrs)) {
    const seen = [2, 3].reduce((clip, axis) => {
      return sliceAxis(clip, axis, 0, clip.shape[axis]!, attrs.stride[axis - 1]);
    }, x);
    const [lines, gradient] = [seen, dy].map((clip) =>
      tf.reshape(clip, [n, clip.shape[1]!, h * w, clip.shape[4]!]),
    ) as [tf.Tensor4D, tf.Tensor4D];
    const dw = conv2dFilterGradient(lines, gradient, [kT, 1], overTime(attrs));
    return tf.reshape(dw, [kT, 1, 1, channels, out]);
  }
  const gradient = tf.reshape(dy, [n * t, h, w, out]) as tf.Tensor4D;
  if (kT > 1 && kT * channels <= FEW_CHANNELS) {
    const frames = stacked(x, attrs);
    const dw = planeGradient(frames, gradient, attrs);
    const apart = tf.reshape(dw, [kH * kW, kT, channels * out]);
    return tf.reshape(tf.transpose(apart, [1, 0, 2]), [kT, kH, kW, channels, out]);
  }
  const padding = attrs.padding[0];
  const padded = fitAxis(x, 1, padding, padding);
  const reach = (t - 1) * attrs.stride[0] + 1;
  const taps = Array.from({ length: kT }, (_, tap) => {
    const from = tap * attrs.dilation[0];
    const frames = sliceAxis(padded, 1, from, from + reach, attrs.stride[0]);
    const [, , height, width] = x.shape as Clip;
    const batch = tf.reshape(frames, [n * t, height, width, channels]) as tf.Tensor4D;
    return tf.reshape(planeGradient(batch, gradient, attrs), [1, kH, kW, channels, out]);
  });
  return concatAxis(taps, 0);
}

/** `[kH,kW,C,O]` of frames as a batch. */
function planeGradient(frames: tf.Tensor4D, dy: tf.Tensor4D, attrs: Attrs): tf.Tensor {
  const { kernel, dilation } = attrs;
  const window = inPlane(attrs);
  if (!window.isBoth) return conv2dFilterGradient(frames, dy, [kernel[1], kernel[2]], window);
  const sizes = [1, 2].map((axis) => dilation[axis]! * (kernel[axis]! - 1) + 1);
  const all: tf.Tensor = conv2dFilterGradient(frames, dy, [sizes[0]!, sizes[1]!], window);
  return [0, 1].reduce((dw, axis) => {
    return sliceAxis(dw, axis, 0, sizes[axis]!, dilation[axis + 1]);
  }, all);
}

/** The frames that each window sees as channels, `[N·T',H,W,kT·C]`: a convolution whose filters have a single 1. */
function stacked(x: tf.Tensor, { kernel, stride, dilation, padding }: Attrs): tf.Tensor4D {
  const channels = x.shape[4]!;
  const kT = kernel[0];
  const selection = tf.reshape(tf.eye(kT * channels), [kT, 1, 1, channels, kT * channels]);
  const frames = convolve3d(x as tf.Tensor5D, selection as tf.Tensor5D, {
    stride: [stride[0], 1, 1],
    dilation: [dilation[0], 1, 1],
    padding: [
      [padding[0], padding[0]],
      [0, 0],
      [0, 0],
    ],
  });
  const [n, t, h, w, c] = frames.shape;
  return tf.reshape(frames, [n * t, h, w, c]);
}

/**
 * @file 3-D convolution as 2-D convolutions, arranged so that what is left is what backends do fast and
 * every arrangement is differentiable:
 *
 * 1. kernel `1×kH×kW`: frames become clips, `[N·T', H, W, C]`;
 * 2. kernel `kT×1×1`: time becomes height, `[N, T, H·W, C]`;
 * 3. both, few channels: the frames that a window sees become channels, `[N·T', H, W, kT·C]`;
 * 4. both: a sum over the taps in time, each as 1.
 */
import { windowSize, type NodeOf, type Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { fitAxis, spreadAxis } from '../kernels/axis-backprop.js';
import { ranges, termsAtOnce, type Window2d } from '../kernels/conv2d-backprop.js';
import { permute, sliceAxis } from '../lowering/rearrange.js';
import { conv2d, type Needs } from './differentiable.js';

type Attrs = NodeOf<'conv3d'>['attrs'];

/** `x [N, T, H, W, C]`, `weight [O, C/groups, kT, kH, kW]` (PyTorch's layout) → `[N, T', H', W', O]`. */
export function conv3d(x: tf.Tensor, weight: tf.Tensor, attrs: Attrs, needs: Needs): tf.Tensor {
  const [n, ...sizes] = x.shape.slice(0, 4) as [number, number, number, number];
  const [t, h, w] = sizes.map((size, axis) => outputSize(size, attrs, axis)) as [
    number,
    number,
    number,
  ];
  const filter = permute(denseWeight(weight, attrs.groups), [3, 4, 2, 1, 0]);
  const { kernel } = attrs;
  const y =
    kernel[1] === 1 && kernel[2] === 1 && kernel[0] > 1
      ? temporal(x, filter, attrs, needs)
      : spatial(x, filter, attrs, t, needs);
  return tf.reshape(y, [n, t, h, w, weight.shape[0]!]);
}

function outputSize(size: number, { kernel, stride, padding, dilation }: Attrs, axis: number) {
  return windowSize(size, kernel[axis]!, stride[axis]!, padding[axis]!, dilation[axis]!);
}

/** The weight of an ungrouped convolution: zeros where a group does not look at a channel. */
function denseWeight(weight: tf.Tensor, groups: number): tf.Tensor5D {
  if (groups === 1) return weight as tf.Tensor5D;
  const [out, perGroup, ...kernel] = weight.shape as [number, number, ...Triple];
  const grouped = tf.reshape(weight, [groups, out / groups, 1, weight.size / out]);
  const own = tf.reshape(tf.eye(groups), [groups, 1, groups, 1]);
  return tf.reshape(tf.mul(grouped, own), [out, perGroup * groups, ...kernel]);
}

/** `kT×1×1`; `filter` is `[1, 1, kT, C, O]`. */
function temporal(x: tf.Tensor, filter: tf.Tensor, attrs: Attrs, needs: Needs): tf.Tensor {
  const [, , kT, channels, out] = filter.shape as [number, number, number, number, number];
  let seen = x;
  for (const axis of [1, 2] as const) {
    const padding = attrs.padding[axis];
    seen = fitAxis(seen, axis + 1, padding, padding);
    seen = sliceAxis(seen, axis + 1, 0, seen.shape[axis + 1]!, attrs.stride[axis]);
  }
  const [n, t, h, w] = seen.shape as [number, number, number, number];
  return conv2dOf(
    tf.reshape(seen, [n, t, h * w, channels]),
    tf.reshape(filter, [kT, 1, channels, out]),
    overTime(attrs),
    needs,
  );
}

/** `kT×kH×kW`; `filter` is `[kH, kW, kT, C, O]`. */
function spatial(
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: Attrs,
  outputs: number,
  needs: Needs,
): tf.Tensor {
  const [, , kT, channels] = filter.shape as [number, number, number, number, number];
  const [n, t, h, w] = x.shape as [number, number, number, number];
  const [stride, padding, dilation] = [attrs.stride[0], attrs.padding[0], attrs.dilation[0]];
  if (kT > 1 && kT * channels <= FEW_CHANNELS) {
    const [, kH, kW] = attrs.kernel;
    const together = Math.max(1, Math.floor(termsAtOnce().stem / (kH * kW * channels)));
    const parts = ranges(kT, together).map(([from, to]) => {
      const frames = stacked(x, kT, [from, to], attrs, needs);
      const folded = tf.reshape(frames, [n * outputs, h, w, (to - from) * channels]);
      return inPlane(folded, sliceAxis(filter, 2, from, to), attrs, needs);
    });
    return parts.reduce((sum, part) => tf.add(sum, part));
  }
  // Taps that never meet a frame (a window of 3 on one frame) are left out.
  const [first, last] = meetingTaps(kT, t, outputs, attrs);
  const reach = (outputs - 1) * stride + 1;
  const padded = fitAxis(x, 1, padding, padding);
  const parts: tf.Tensor[] = [];
  for (let tap = first; tap <= last; tap++) {
    const from = tap * dilation;
    const frames = sliceAxis(padded, 1, from, from + reach, stride);
    const folded = tf.reshape(frames, [n * outputs, h, w, channels]);
    parts.push(inPlane(folded, sliceAxis(filter, 2, tap, tap + 1), attrs, needs));
  }
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** Channels times taps up to which a window's frames become channels; above, its taps are summed. */
const FEW_CHANNELS = 32;

/**
 * The frames that some taps of each window see as channels, `[N, T', H·W, taps·C]`: a convolution over time with
 * filters of a single 1, which is exact and many times faster than slices and a concatenation.
 */
function stacked(
  x: tf.Tensor,
  kT: number,
  [from, to]: readonly [number, number],
  attrs: Attrs,
  needs: Needs,
): tf.Tensor {
  const [n, t, h, w, channels] = x.shape as [number, number, number, number, number];
  const selection = sliceAxis(tf.eye(kT * channels), 1, from * channels, to * channels);
  return conv2dOf(
    tf.reshape(x, [n, t, h * w, channels]),
    tf.reshape(selection, [kT, 1, channels, (to - from) * channels]),
    overTime(attrs),
    { x: needs.x, w: false },
  );
}

const overTime = ({ stride, padding, dilation }: Attrs): Window2d => ({
  stride: [stride[0], 1],
  padding: [padding[0], 0],
  dilation: [dilation[0], 1],
});

/** Convolution of `[N·T', H, W, kT·C]` over H and W; `filter` is `[kH, kW, kT, C, O]`. */
function inPlane(x: tf.Tensor, filter: tf.Tensor, attrs: Attrs, needs: Needs): tf.Tensor {
  const [kH, kW, kT, channels, out] = filter.shape as [number, number, number, number, number];
  const stride = [attrs.stride[1], attrs.stride[2]] as const;
  const dilation = [attrs.dilation[1], attrs.dilation[2]] as const;
  const padding = [attrs.padding[1], attrs.padding[2]] as const;
  let kernel: tf.Tensor = tf.reshape(filter, [kH, kW, kT * channels, out]);
  const isBoth = stride.some((step) => step > 1) && dilation.some((gap) => gap > 1);
  if (!isBoth) return conv2dOf(x, kernel, { stride, padding, dilation }, needs);
  // TF.js has stride or dilation, not both: the kernel gets its zeros by hand.
  [kH, kW].forEach((size, axis) => {
    const gap = dilation[axis]!;
    kernel = sliceAxis(spreadAxis(kernel, axis, gap), axis, 0, gap * (size - 1) + 1);
  });
  return conv2dOf(x, kernel, { stride, padding, dilation: [1, 1] }, needs);
}

const conv2dOf = (x: tf.Tensor, w: tf.Tensor, window: Window2d, needs: Needs): tf.Tensor =>
  conv2d(x as tf.Tensor4D, w as tf.Tensor4D, window, needs);

function meetingTaps(
  kT: number,
  frames: number,
  outputs: number,
  { stride, padding, dilation }: Attrs,
): readonly [first: number, last: number] {
  const meets = Array.from({ length: kT }, (_, tap) => {
    const from = tap * dilation[0] - padding[0];
    return from < frames && from + (outputs - 1) * stride[0] >= 0;
  });
  return meets.includes(true) ? [meets.indexOf(true), meets.lastIndexOf(true)] : [0, kT - 1];
}

/** @file The operations of training graphs beside convolutions. */
import type { ActivationFunction, LoweringTable, Triple, WindowAttrs } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { fitAxis, spreadAxis } from '../kernels/axis-backprop.js';
import { columnSums } from './column-sums.js';
import type { LoweringContext } from './context.js';
import {
  axisOf,
  CHANNELS_LAST,
  inOrder,
  placed,
  shapeOf,
  withLast,
  type Placed,
} from './placed.js';
import { gatherAxis, sliceAxis } from './rearrange.js';
import { regionWeights } from './region-weights.js';

type Table = LoweringTable<LoweringContext, Placed>;

/** A value as rows of its channels, and back. */
function rowsOf(x: Placed): { rows: tf.Tensor2D; restore: (rows: tf.Tensor) => Placed } {
  const { tensor, order } = withLast(x, 1);
  const channels = tensor.shape.at(-1)!;
  return {
    rows: tf.reshape(tensor, [tensor.size / channels, channels]),
    restore: (rows) => placed(tf.reshape(rows, tensor.shape), order),
  };
}

/** Another value's rows in the same order. */
function rowsLike(x: Placed, { order }: Placed): tf.Tensor2D {
  const tensor = inOrder(x, order);
  const channels = tensor.shape.at(-1)!;
  return tf.reshape(tensor, [tensor.size / channels, channels]);
}

/** `1 / √(variance + ε)`. */
const inverseDeviation = (variance: Placed, epsilon: number): tf.Tensor =>
  tf.rsqrt(tf.add(variance.tensor, epsilon));

/** Log-softmax of each row, times the targets. */
export const crossEntropy: Table['cross_entropy'] = (_, [logits, targets]) => {
  const { tensor, order } = withLast(logits!, logits!.order.length - 1);
  const classes = tensor.shape.at(-1)!;
  const rows: tf.Tensor2D = tf.reshape(tensor, [tensor.size / classes, classes]);
  const targetRows = tf.reshape(inOrder(targets!, order), rows.shape);
  const loss = tf.neg(tf.sum(tf.mul(tf.logSoftmax(rows), targetRows), 1));
  return placed(tf.reshape(loss, tensor.shape.slice(0, -1)), order.slice(0, -1));
};

/** max(x, 0) − x·t + log(1 + e^−|x|), which overflows nowhere. */
export const binaryCrossEntropy: Table['binary_cross_entropy'] = (_, [logits, targets]) => {
  const { tensor: x, order } = logits!;
  const rest = tf.log1p(tf.exp(tf.neg(tf.abs(x))));
  const product = tf.mul(x, inOrder(targets!, order));
  return placed(tf.add(tf.sub(tf.relu(x), product), rest), order);
};

/** The mean of squares around the mean. */
export const batchVariance: Table['batch_variance'] = (_, [x, mean]) => {
  const { rows } = rowsOf(x!);
  const squares = tf.square(tf.sub(rows, mean!.tensor)) as tf.Tensor2D;
  return placed(tf.div(columnSums(squares), rows.shape[0]));
};

/** With the statistics that it is given, centred first: they are exact then. */
export const batchNormTraining: Table['batch_norm_training'] = ({ attrs }, inputs) => {
  const [x, scale, shift, mean, variance] = inputs as [Placed, Placed, Placed, Placed, Placed];
  const { rows, restore } = rowsOf(x);
  const factor = tf.mul(inverseDeviation(variance, attrs.epsilon), scale.tensor);
  return restore(tf.add(tf.mul(tf.sub(rows, mean.tensor), factor), shift.tensor));
};

/** γ/σ · dy, less what goes by way of the statistics: Σdy/P + x̂ · Σ(dy·x̂)/P. */
export const batchNormInputGradient: Table['batch_norm_input_gradient'] = ({ attrs }, inputs) => {
  const [dy, scale, variance, x, mean, dScale, dShift] = inputs as Placed[];
  const inverse = inverseDeviation(variance!, attrs.epsilon);
  const factor = tf.mul(inverse, scale!.tensor);
  const { rows, restore } = rowsOf(dy!);
  if (!x) return restore(tf.mul(rows, factor));
  const count = rows.shape[0];
  const centred = tf.sub(rowsLike(x, withLast(dy!, 1)), mean!.tensor);
  const along = tf.mul(centred, tf.div(tf.mul(dScale!.tensor, inverse), count));
  const own = tf.add(along, tf.div(dShift!.tensor, count));
  return restore(tf.mul(tf.sub(rows, own), factor));
};

/** Σ dy·x̂. */
export const batchNormScaleGradient: Table['batch_norm_scale_gradient'] = ({ attrs }, inputs) => {
  const [dy, x, mean, variance] = inputs as [Placed, Placed, Placed, Placed];
  const { rows } = rowsOf(dy);
  const centred = tf.sub(rowsLike(x, withLast(dy, 1)), mean.tensor);
  const sums = columnSums(tf.mul(rows, centred) as tf.Tensor2D);
  return placed(tf.mul(sums, inverseDeviation(variance, attrs.epsilon)));
};

/** A constant. */
export const fill: Table['fill'] = ({ attrs: { shape, value } }) =>
  placed(tf.fill([...shape], value));

const within = (x: tf.Tensor, low: number, high: number): tf.Tensor =>
  tf.cast(tf.logicalAnd(tf.greater(x, low), tf.less(x, high)), 'float32');

const SLOPES: Readonly<Record<ActivationFunction, (value: tf.Tensor) => tf.Tensor>> = {
  identity: (y) => tf.onesLike(y),
  relu: (y) => tf.step(y),
  relu6: (y) => within(y, 0, 6),
  sigmoid: (y) => tf.mul(y, tf.sub(1, y)),
  tanh: (y) => tf.sub(1, tf.square(y)),
  silu: (x) => {
    const s = tf.sigmoid(x);
    return tf.mul(s, tf.add(tf.mul(x, tf.sub(1, s)), 1));
  },
  hardswish: (x) => {
    const ramp = tf.mul(tf.add(tf.div(x, 3), 0.5), within(x, -3, 3));
    return tf.add(ramp, tf.cast(tf.greaterEqual(x, 3), 'float32'));
  },
};

/** The gradient times the slope. */
export const activationGradient: Table['activation_gradient'] = ({ attrs }, [dy, value]) => {
  const { tensor, order } = value!;
  return placed(tf.mul(inOrder(dy!, order), SLOPES[attrs.fn](tensor)), order);
};

/** Spread over the axes that were reduced, where they lie. */
export const reduceGradient: Table['reduce_gradient'] = ({ attrs }, [dy, x, y]) => {
  const { fn, axes, keepDims } = attrs;
  const { tensor, order } = x!;
  const dims = shapeOf(x!).map((size, axis) => (axes.includes(axis) ? 1 : size));
  const lone = (value: Placed): tf.Tensor => {
    const rank = value.order.length;
    const flat = inOrder(
      value,
      Array.from({ length: rank }, (_, axis) => axis),
    );
    const whole = placed(keepDims ? flat : tf.reshape(flat, dims));
    return inOrder(whole, order);
  };
  const gradient = lone(dy!);
  if (fn === 'max') {
    const mask = tf.cast(tf.equal(tensor, lone(y!)), 'float32');
    const at = axes.map((axis) => axisOf(x!, axis));
    return placed(tf.mul(mask, tf.div(gradient, tf.sum(mask, at, true))), order);
  }
  const count = fn === 'mean' ? tensor.size / gradient.size : 1;
  return placed(tf.add(tf.zeros(tensor.shape), tf.div(gradient, count)), order);
};

/** Zeros around a run of rows; else a choice of rows, of which the last is zeros, for each place. */
export const scatter: Table['scatter'] = ({ attrs }, [dy], { sizes }) => {
  const { indices } = attrs;
  const size = typeof attrs.size === 'number' ? attrs.size : sizes.get(attrs.size)!;
  const { tensor, order } = dy!;
  const axis = axisOf(dy!, attrs.axis);
  const count = indices.length;
  if (indices.every((index, i) => index === indices[0]! + i)) {
    return placed(fitAxis(tensor, axis, indices[0]!, size - indices[0]! - count), order);
  }
  const rows = Array.from({ length: size }, (_, place) =>
    indices.flatMap((index, row) => (index === place ? [row] : [])),
  );
  const padded = fitAxis(tensor, axis, 0, 1);
  const layers = Math.max(...rows.map(({ length }) => length));
  const terms = Array.from({ length: layers }, (_, layer) =>
    gatherAxis(
      padded,
      axis,
      rows.map((own) => own[layer] ?? count),
    ),
  );
  return placed(
    terms.reduce((sum, term) => tf.add(sum, term)),
    order,
  );
};

/** The sum over regions of a clip of their bins' weights times gradients. */
export const roiAlignGradient: Table['roi_align_gradient'] = ({ name, attrs }, inputs) => {
  const [dy, boxes, features] = inputs as [Placed, Placed, Placed];
  const [clips, channels, height, width] = shapeOf(features) as [number, number, number, number];
  const host = boxes.host ?? inOrder(boxes, [0, 1]).dataSync();
  const count = boxes.tensor.size / 5;
  const bins = attrs.size[0] * attrs.size[1];
  const gradients = tf.reshape(inOrder(dy, [0, 2, 3, 1]), [count, bins * channels]);
  const regions = Array.from({ length: count }, (_, r) =>
    regionWeights(name, host.slice(5 * r, 5 * r + 5), attrs, [clips, height, width]),
  );
  const area = height * width;
  const maps = Array.from({ length: clips }, (_, clip) => {
    const own = regions.flatMap(({ batch }, r) => (batch === clip ? [r] : []));
    if (own.length === 0) return tf.zeros([1, area * channels]);
    const weights = new Float32Array(own.length * bins * area);
    own.forEach((r, i) => weights.set(regions[r]!.weights, i * bins * area));
    const rows = tf.reshape(gatherAxis(gradients, 0, own), [own.length * bins, channels]);
    const columns = tf.transpose(tf.tensor2d(weights, [own.length * bins, area]));
    return tf.reshape(tf.matMul(columns, rows as tf.Tensor2D), [1, area * channels]);
  });
  return placed(tf.reshape(tf.concat(maps, 0), [clips, height, width, channels]), [0, 2, 3, 1]);
};

/** Never the largest. */
const LOWEST = -3e38;

/** Over space, then over time, each as the largest was found. */
export const maxPool3dGradient: Table['max_pool3d_gradient'] = ({ attrs }, [dy, x]) => {
  const clip = inOrder(x!, CHANNELS_LAST);
  const [n, t, h, w, c] = clip.shape as [number, number, number, number, number];
  const gradient = inOrder(dy!, CHANNELS_LAST);
  const [, outT, outH, outW] = gradient.shape as [number, number, number, number, number];
  const { kernel, stride, padding } = attrs;
  const space = {
    kernel: [kernel[1], kernel[2]],
    stride: [stride[1], stride[2]],
    padding: [padding[1], padding[2]],
  } as const;
  const time = {
    kernel: [kernel[0], 1],
    stride: [stride[0], 1],
    padding: [padding[0], 0],
  } as const;
  const frames = tf.reshape(clip, [n * t, h, w, c]) as tf.Tensor4D;
  const pooled = tf.reshape(largest(frames, space), [n, t, outH * outW, c]) as tf.Tensor4D;
  const lines = tf.reshape(gradient, [n, outT, outH * outW, c]) as tf.Tensor4D;
  const overTime = largestGradient(lines, pooled, time);
  const plane = tf.reshape(overTime, [n * t, outH, outW, c]) as tf.Tensor4D;
  const result = largestGradient(plane, frames, space);
  return placed(tf.reshape(result, clip.shape), CHANNELS_LAST);
};

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

const isOne = ({ kernel, padding }: Window): boolean =>
  kernel.every((size) => size === 1) && padding.every((size) => size === 0);

/** The padding as elements that are never the largest: some backends know no other. */
const withPadding = (x: tf.Tensor4D, { padding: [h, w] }: Window): tf.Tensor4D =>
  h + w === 0
    ? x
    : tf.pad(
        x,
        [
          [0, 0],
          [h, h],
          [w, w],
          [0, 0],
        ],
        LOWEST,
      );

function largest(x: tf.Tensor4D, window: Window): tf.Tensor4D {
  if (isOne(window)) return strided(x, window.stride);
  const { kernel, stride } = window;
  return tf.maxPool(withPadding(x, window), [...kernel], [...stride], 'valid');
}

const strided = (x: tf.Tensor, [h, w]: readonly [number, number]): tf.Tensor4D =>
  sliceAxis(sliceAxis(x, 1, 0, x.shape[1]!, h), 2, 0, x.shape[2]!, w) as tf.Tensor4D;

function largestGradient(dy: tf.Tensor4D, x: tf.Tensor4D, window: Window): tf.Tensor {
  const { kernel, stride, padding } = window;
  if (isOne(window)) {
    return [1, 2].reduce((seen: tf.Tensor, axis) => {
      const spread = spreadAxis(seen, axis, stride[axis - 1]!);
      return fitAxis(spread, axis, 0, x.shape[axis]! - spread.shape[axis]!);
    }, dy);
  }
  const input = withPadding(x, window);
  const output = tf.maxPool(input, [...kernel], [...stride], 'valid');
  const dx = tf.engine().runKernel('MaxPoolGrad', { dy, input, output }, {
    filterSize: [...kernel],
    strides: [...stride],
    pad: 'valid',
    dimRoundingMode: null,
  } as unknown as tf.NamedAttrMap) as tf.Tensor;
  return [1, 2].reduce((seen, axis) => {
    return fitAxis(seen, axis, -padding[axis - 1]!, -padding[axis - 1]!);
  }, dx);
}

/** Along each axis by itself, to every position that a window saw. */
export const avgPool3dGradient: Table['avg_pool3d_gradient'] = ({ attrs }, [dy]) => {
  const volume = attrs.kernel[0] * attrs.kernel[1] * attrs.kernel[2];
  const start = tf.div(inOrder(dy!, CHANNELS_LAST), volume);
  const result = [0, 1, 2].reduce((x: tf.Tensor, axis) => {
    return spreadWindows(x, axis, attrs, attrs.size);
  }, start);
  return placed(result, CHANNELS_LAST);
};

function spreadWindows(
  x: tf.Tensor,
  axis: number,
  { kernel, stride, padding }: WindowAttrs,
  size: Triple,
): tf.Tensor {
  const spread = spreadAxis(x, axis + 1, stride[axis]!);
  const taps = Array.from({ length: kernel[axis]! }, (_, tap) => {
    const before = tap - padding[axis]!;
    return fitAxis(spread, axis + 1, before, size[axis]! - before - spread.shape[axis + 1]!);
  });
  return taps.reduce((sum, tap) => tf.add(sum, tap));
}

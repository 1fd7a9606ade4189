/** @file Matrix products, reductions and softmax. */
import type { LoweringTable } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { columnSums } from './column-sums.js';
import type { LoweringContext } from './context.js';
import { axisOf, inGraphOrder, inOrder, placed, withLast, type Placed } from './placed.js';

type Table = LoweringTable<LoweringContext, Placed>;

/** Of one sample after another, which WebAssembly is fast at: see `kernels/matmul-kernels.ts`. */
export const matmul: Table['matmul'] = (_, [a, b]) => {
  const order = inGraphOrder(a!.order.length);
  return placed(tf.matMul(inOrder(a!, order), inOrder(b!, order)));
};

/** One product of all positions with the weight, which lies as `[I, O]`. */
export const linear: Table['linear'] = (_, [x, weight, bias]) => {
  const { tensor, order } = withLast(x!, x!.order.length - 1);
  const matrix = inOrder(weight!, [1, 0]) as tf.Tensor2D;
  const [inputs, outputs] = matrix.shape;
  const rows: tf.Tensor2D = tf.reshape(tensor, [tensor.size / inputs, inputs]);
  const y = tf.fused.matMul({ a: rows, b: matrix, ...(bias ? { bias: bias.tensor } : {}) });
  return placed(tf.reshape(y, [...tensor.shape.slice(0, -1), outputs]), order);
};

/** Along the last axis, which is all that TF.js has. */
export const softmax: Table['softmax'] = ({ attrs }, [x]) => {
  const { tensor, order } = withLast(x!, attrs.axis);
  const size = tensor.shape.at(-1)!;
  const rows: tf.Tensor2D = tf.reshape(tensor, [tensor.size / size, size]);
  return placed(tf.reshape(tf.softmax(rows), tensor.shape), order);
};

const REDUCTIONS = {
  mean: (x: tf.Tensor, axes: number[]) => tf.mean(x, axes, true),
  max: (x: tf.Tensor, axes: number[]) => tf.max(x, axes, true),
  sum: (x: tf.Tensor, axes: number[]) => tf.sum(x, axes, true),
};

/** Over the axes where they lie. */
export const reduce: Table['reduce'] = ({ attrs }, [x]) => {
  const { fn, axes, keepDims } = attrs;
  const rank = x!.order.length;
  if (fn !== 'max' && !keepDims && axes.length === rank - 1 && !axes.includes(1)) {
    // Statistics of channels: so many terms in one sum would lose digits.
    const { tensor } = withLast(x!, 1);
    const channels = tensor.shape.at(-1)!;
    const sums = columnSums(tf.reshape(tensor, [tensor.size / channels, channels]));
    return placed(fn === 'sum' ? sums : tf.div(sums, tensor.size / channels));
  }
  const reduction = REDUCTIONS[fn](
    x!.tensor,
    axes.map((axis) => axisOf(x!, axis)),
  );
  if (keepDims) return placed(reduction, x!.order);
  const remaining = x!.order.filter((axis) => !axes.includes(axis));
  const shape = x!.order.flatMap((axis, i) => (axes.includes(axis) ? [] : [reduction.shape[i]!]));
  const ranked = [...remaining].sort((a, b) => a - b);
  return placed(
    tf.reshape(reduction, shape),
    remaining.map((axis) => ranked.indexOf(axis)),
  );
};

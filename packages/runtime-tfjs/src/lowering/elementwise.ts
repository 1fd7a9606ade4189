/** @file Operations element by element. */
import type { LoweringTable } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { activate } from './activate.js';
import type { LoweringContext } from './context.js';
import { inOrder, placed, withLast, type Placed } from './placed.js';

type Table = LoweringTable<LoweringContext, Placed>;

/** The tensor that a function makes of this one, its axes in the same order. */
const same = ({ tensor, order }: Placed, fn: (x: tf.Tensor) => tf.Tensor): Placed =>
  placed(fn(tensor), order);

/** Both in the order of the larger one, so that it is the smaller one whose elements may move. */
function binary(a: Placed, b: Placed, fn: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): Placed {
  const { order } = a.tensor.size >= b.tensor.size ? a : b;
  return placed(fn(inOrder(a, order), inOrder(b, order)), order);
}

/** The function of every element. */
export const activation: Table['activation'] = ({ attrs }, [x]) =>
  same(x!, (tensor) => activate(tensor, attrs.fn));

/** Sum with broadcasting, then the activation. */
export const add: Table['add'] = ({ attrs }, [a, b]) =>
  binary(a!, b!, (x, y) => activate(tf.add(x, y), attrs.activation));

/** Product with broadcasting. */
export const mul: Table['mul'] = (_, [a, b]) => binary(a!, b!, (x, y) => tf.mul(x, y));

/** Product with a constant. */
export const scale: Table['scale'] = ({ attrs }, [x]) =>
  same(x!, (tensor) => tf.mul(tensor, attrs.factor));

/** With running statistics, on `[positions, C]`. */
export const batchNorm: Table['batch_norm'] = ({ attrs }, [x, ...parts]) => {
  const { tensor, order } = withLast(x!, 1);
  const channels = tensor.shape.at(-1)!;
  const rows: tf.Tensor2D = tf.reshape(tensor, [tensor.size / channels, channels]);
  const [gamma, beta, mean, variance] = parts.map((part) => part.tensor as tf.Tensor1D);
  const y = tf.batchNorm(rows, mean!, variance!, beta, gamma, attrs.epsilon);
  return placed(tf.reshape(y, tensor.shape), order);
};

/** Nothing happens at inference. */
export const dropout: Table['dropout'] = (_, [x]) => x!;

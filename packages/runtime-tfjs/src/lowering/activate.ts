/** @file Activation functions. */
import type { ActivationFunction } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';

const FUNCTIONS: Readonly<Record<ActivationFunction, (x: tf.Tensor) => tf.Tensor>> = {
  identity: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  sigmoid: (x) => tf.sigmoid(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  hardswish: (x) => tf.mul(x, tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6)),
  tanh: (x) => tf.tanh(x),
};

/** The function of every element. */
export function activate(x: tf.Tensor, fn: ActivationFunction): tf.Tensor {
  return FUNCTIONS[fn](x);
}

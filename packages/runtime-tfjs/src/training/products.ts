/** @file Products, reductions and softmax with gradients that are fast, or exist at all, on every backend. */
import * as tf from '@tensorflow/tfjs';
import { aroundAxis } from '../kernels/axis-backprop.js';
import { permute } from '../lowering/rearrange.js';
import { addBias, matMul2d, type Needs } from './differentiable.js';

/** `x [..., I]`, `weight [O, I]`, `bias? [O]` → `[..., O]`. */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  needs: Needs,
): tf.Tensor {
  const [out, features] = weight.shape as [number, number];
  const rows = tf.reshape(x, [x.size / features, features]) as tf.Tensor2D;
  const y = matMul2d(rows, tf.transpose(weight as tf.Tensor2D), needs);
  const biased = bias ? addBias(y, bias as tf.Tensor1D) : y;
  return tf.reshape(biased, [...x.shape.slice(0, -1), out]);
}

/** `[..., M, K] · [..., K, L]`, one matrix after another: TF.js' batched product is eight times slower. */
export function batchedMatMul(a: tf.Tensor, b: tf.Tensor, needs: Needs): tf.Tensor {
  const [m, k, l] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const count = a.size / (m * k);
  const [left, right] = [tf.reshape(a, [count, m * k]), tf.reshape(b, [count, k * l])];
  const products = Array.from({ length: count }, (_, i) => {
    const one = tf.reshape(tf.slice(left, [i, 0], [1, m * k]), [m, k]) as tf.Tensor2D;
    const other = tf.reshape(tf.slice(right, [i, 0], [1, k * l]), [k, l]) as tf.Tensor2D;
    return tf.reshape(matMul2d(one, other, needs), [1, m * l]);
  });
  const joined = count === 1 ? products[0]! : tf.concat(products, 0);
  return tf.reshape(joined, [...a.shape.slice(0, -1), l]);
}

/** Softmax along an axis of the tensor. */
export function softmaxAxis(x: tf.Tensor, axis: number): tf.Tensor {
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const seen = tf.transpose(tf.reshape(x, [outer, size, inner]), [0, 2, 1]);
  const y = tf.softmax(tf.reshape(seen, [outer * inner, size]));
  return tf.reshape(tf.transpose(tf.reshape(y, [outer, inner, size]), [0, 2, 1]), x.shape);
}

/** Mean, maximum or sum over axes of the tensor, which are left out. */
export function reduceAxes(
  x: tf.Tensor,
  fn: 'mean' | 'max' | 'sum',
  axes: readonly number[],
): tf.Tensor {
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const gone = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [axis] : []));
  const shape = kept.map((axis) => x.shape[axis]!);
  const count = gone.reduce((product, axis) => product * x.shape[axis]!, 1);
  const moved = permute(x, [...kept, ...gone]);
  const rows = tf.reshape(moved, [x.size / count, count]);
  const reduced = { mean: tf.mean, max: tf.max, sum: tf.sum }[fn](rows, 1);
  return tf.reshape(reduced, shape);
}

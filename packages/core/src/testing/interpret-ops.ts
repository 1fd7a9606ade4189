/** @file What each operation means, in float64: the table of the reference interpreter. */
import { internalError } from '../errors.js';
import type { ActivationFunction, LoweringTable, Dim } from '../ir/types.js';
import { sameShape, type Shape } from '../tensor.js';
import { aroundAxis, positions, stridesOf, zeros, type Float64Tensor } from './array.js';
import { GRADIENT_INTERPRETER } from './interpret-gradients.js';
import { roiAlign } from './interpret-roi-align.js';
import { avgPool, convolve, maxPool } from './interpret-windows.js';

/** What operations need to know of the run: the sizes of symbolic dimensions. */
export interface InterpreterContext {
  /** The concrete size of a dimension. */
  readonly sizeOfDim: (dim: Dim) => number;
  /** Whether batch norms use the statistics of the batch, as when training. */
  readonly batchStatistics: boolean;
}

type Inputs = readonly Float64Tensor[];

/** Each operation on float64 tensors. */
export const INTERPRETER: LoweringTable<InterpreterContext, Float64Tensor> = {
  conv3d: (node, [x, weight, bias]) =>
    activated(node.attrs.activation, convolve(node, x!, weight!, bias)),
  batch_norm: ({ attrs }, inputs, { batchStatistics }) =>
    normalised(attrs.epsilon, batchStatistics ? withOwnStatistics(inputs) : inputs),
  activation: ({ attrs }, [x]) => activated(attrs.fn, x!),
  add: ({ attrs }, [a, b]) =>
    activated(
      attrs.activation,
      broadcast(a!, b!, (u, v) => u + v),
    ),
  mul: (_, [a, b]) => broadcast(a!, b!, (u, v) => u * v),
  scale: ({ attrs }, [x]) => mapped(x!, (value) => value * attrs.factor),
  max_pool3d: (node, [x]) => maxPool(node, x!),
  avg_pool3d: (node, [x]) => avgPool(node, x!),
  reduce: ({ attrs }, [x]) => reduced(x!, attrs.fn, attrs.axes, attrs.keepDims),
  concat: ({ attrs }, inputs) => joined(inputs, attrs.axis),
  slice: ({ attrs: { axis, start, stop, step } }, [x]) => {
    const count = Math.ceil((stop - start) / step);
    const places = Array.from({ length: count }, (_, i) => start + i * step);
    return picked(x!, axis, places);
  },
  gather: ({ attrs }, [x]) => picked(x!, attrs.axis, attrs.indices),
  reshape: ({ attrs }, [x], { sizeOfDim }) => ({
    shape: attrs.shape.map(sizeOfDim),
    data: x!.data,
  }),
  transpose: ({ attrs }, [x]) => permuted(x!, attrs.perm),
  matmul: (_, [a, b]) => product(a!, b!),
  linear: (_, [x, weight, bias]) => affine(x!, weight!, bias),
  softmax: ({ attrs }, [x]) => softmax(x!, attrs.axis),
  roi_align: ({ attrs }, [features, boxes]) => roiAlign(features!, boxes!, attrs),
  dropout: (_, [x]) => x!,
  ...GRADIENT_INTERPRETER,
};

const clamp6 = (x: number): number => Math.min(Math.max(x, 0), 6);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The activation functions, element by element. */
const FUNCTIONS: Readonly<Record<ActivationFunction, (x: number) => number>> = {
  identity: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: clamp6,
  sigmoid: logistic,
  silu: (x) => x * logistic(x),
  hardswish: (x) => (x * clamp6(x + 3)) / 6,
  tanh: Math.tanh,
};

function mapped(x: Float64Tensor, fn: (value: number, index: number) => number): Float64Tensor {
  return { shape: x.shape, data: x.data.map(fn) };
}

function activated(fn: ActivationFunction, x: Float64Tensor): Float64Tensor {
  return fn === 'identity' ? x : mapped(x, FUNCTIONS[fn]);
}

/** The inputs of a batch norm with mean and biased variance of its own batch in place of the running ones. */
function withOwnStatistics([x, scale, shift]: Inputs): Inputs {
  const [outer, channels, inner] = aroundAxis(x!.shape, 1);
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const [mean, variance] = [zeros([channels]), zeros([channels])];
  const count = outer * inner;
  x!.data.forEach((value, i) => (mean.data[channelOf(i)]! += value / count));
  x!.data.forEach((value, i) => {
    variance.data[channelOf(i)]! += (value - mean.data[channelOf(i)]!) ** 2 / count;
  });
  return [x!, scale!, shift!, mean, variance];
}

function normalised(epsilon: number, inputs: Inputs): Float64Tensor {
  const [x, scale, shift, mean, variance] = inputs.map(({ data }) => data);
  const { shape } = inputs[0]!;
  const [, channels, inner] = aroundAxis(shape, 1);
  const data = x!.map((value, i) => {
    const c = Math.floor(i / inner) % channels;
    const unit = (value - mean![c]!) / Math.sqrt(variance![c]! + epsilon);
    return unit * scale![c]! + shift![c]!;
  });
  return { shape, data };
}

function broadcast(
  a: Float64Tensor,
  b: Float64Tensor,
  fn: (u: number, v: number) => number,
): Float64Tensor {
  if (sameShape(a.shape, b.shape)) return mapped(a, (u, i) => fn(u, b.data[i]!));
  const shape = a.shape.map((dim, axis) => (dim === 1 ? b.shape[axis]! : dim));
  const along = ({ shape: own }: Float64Tensor): Int32Array =>
    positions(
      shape,
      stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride)),
    );
  const [inA, inB] = [along(a), along(b)];
  const result = zeros(shape);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = fn(a.data[inA[i]!]!, b.data[inB[i]!]!);
  }
  return result;
}

function reduced(
  x: Float64Tensor,
  fn: 'mean' | 'max' | 'sum',
  axes: readonly number[],
  keepDims: boolean,
): Float64Tensor {
  const dims = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const target = positions(
    x.shape,
    stridesOf(dims).map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
  );
  const result = zeros(keepDims ? dims : x.shape.filter((_, axis) => !axes.includes(axis)));
  const { data } = result;
  if (fn === 'max') data.fill(-Infinity);
  x.data.forEach((value, i) => {
    const at = target[i]!;
    data[at] = fn === 'max' ? Math.max(data[at]!, value) : data[at]! + value;
  });
  const count = x.data.length / data.length;
  return fn === 'mean' ? mapped(result, (sum) => sum / count) : result;
}

function joined(inputs: Inputs, axis: number): Float64Tensor {
  const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const result = zeros(inputs[0]!.shape.with(axis, total));
  const [outer, , inner] = aroundAxis(result.shape, axis);
  let offset = 0;
  for (const { shape, data } of inputs) {
    const run = shape[axis]! * inner;
    for (let o = 0; o < outer; o++) {
      result.data.set(data.subarray(o * run, (o + 1) * run), o * total * inner + offset);
    }
    offset += run;
  }
  return result;
}

function picked(x: Float64Tensor, axis: number, indices: readonly number[]): Float64Tensor {
  const result = zeros(x.shape.with(axis, indices.length));
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of indices) {
      const from = (o * size + index) * inner;
      result.data.set(x.data.subarray(from, from + inner), at);
      at += inner;
    }
  }
  return result;
}

function permuted(x: Float64Tensor, perm: readonly number[]): Float64Tensor {
  const strides = stridesOf(x.shape);
  const shape = perm.map((axis) => x.shape[axis]!);
  const from = positions(
    shape,
    perm.map((axis) => strides[axis]!),
  );
  const result = zeros(shape);
  from.forEach((position, i) => (result.data[i] = x.data[position]!));
  return result;
}

function product(a: Float64Tensor, b: Float64Tensor): Float64Tensor {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const l = b.shape.at(-1)!;
  const lead: Shape = a.shape.slice(0, -2);
  if (!sameShape(lead, b.shape.slice(0, -2))) throw internalError('a matmul of unlike batches');
  const result = zeros([...lead, m, l]);
  const batches = result.data.length / (m * l);
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < m; i++) {
      const row = (batch * m + i) * l;
      for (let p = 0; p < k; p++) {
        const value = a.data[(batch * m + i) * k + p]!;
        const from = (batch * k + p) * l;
        for (let j = 0; j < l; j++) result.data[row + j]! += value * b.data[from + j]!;
      }
    }
  }
  return result;
}

function affine(
  x: Float64Tensor,
  weight: Float64Tensor,
  bias: Float64Tensor | undefined,
): Float64Tensor {
  const [out, features] = weight.shape as [number, number];
  const result = zeros([...x.shape.slice(0, -1), out]);
  for (let i = 0; i < result.data.length; i++) {
    const o = i % out;
    const row = Math.floor(i / out) * features;
    let sum = bias?.data[o] ?? 0;
    for (let f = 0; f < features; f++) sum += x.data[row + f]! * weight.data[o * features + f]!;
    result.data[i] = sum;
  }
  return result;
}

function softmax(x: Float64Tensor, axis: number): Float64Tensor {
  const [outer, size, inner] = aroundAxis(x.shape, axis);
  const result = zeros(x.shape);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number): number => (o * size + k) * inner + i;
      let largest = -Infinity;
      for (let k = 0; k < size; k++) largest = Math.max(largest, x.data[at(k)]!);
      let sum = 0;
      for (let k = 0; k < size; k++) {
        result.data[at(k)] = Math.exp(x.data[at(k)]! - largest);
        sum += result.data[at(k)]!;
      }
      for (let k = 0; k < size; k++) result.data[at(k)]! /= sum;
    }
  }
  return result;
}

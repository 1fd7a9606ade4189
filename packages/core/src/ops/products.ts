/** @file Matrix products, reductions and the softmax between them. */
import type { Dim } from '../ir/types.js';
import { checkCount, dimAt, elementsOf, shapeText, type OpDefinition } from './definition.js';

/** Batched matrix product. */
export const matmul: OpDefinition<'matmul'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    const [a, b] = inputs.map(({ shape }) => shape) as [readonly Dim[], readonly Dim[]];
    const rank = a.length;
    const lead = (shape: readonly Dim[]): string => shape.slice(0, -2).join();
    if (rank < 2 || rank !== b.length || lead(a) !== lead(b) || a[rank - 1] !== b[rank - 2]) {
      fail('shapes [..., M, K] and [..., K, L]', `${shapeText(a)} and ${shapeText(b)}`);
    }
    return { dtype: inputs[0]!.dtype, shape: [...a.slice(0, -1), b[rank - 1]!] };
  },
  macs: ([a], output) => elementsOf(output.shape) * elementsOf(a!.shape.slice(-1)),
  traits: { global: true },
};

/** Affine map along the last axis. */
export const linear: OpDefinition<'linear'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 3, fail);
    const [x, weight, bias] = inputs;
    const features = x!.shape.at(-1);
    if (weight!.shape.length !== 2 || weight!.shape[1] !== features) {
      fail(`a weight of shape [out, ${features}]`, shapeText(weight!.shape));
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight!.shape[0])) {
      fail(`a bias of shape [${weight!.shape[0]}]`, shapeText(bias.shape));
    }
    return { dtype: x!.dtype, shape: [...x!.shape.slice(0, -1), weight!.shape[0]!] };
  },
  macs: (inputs, output) => elementsOf(output.shape) * (inputs[1]!.shape[1] as number),
  traits: {},
};

/** Exponentials normalised to sum 1 along one axis. */
export const softmax: OpDefinition<'softmax'> = {
  infer(inputs, { axis }, fail) {
    checkCount(inputs, 1, 1, fail);
    dimAt(inputs[0]!, axis, fail);
    return inputs[0]!;
  },
  traits: {},
};

/** Mean, maximum or sum over axes. */
export const reduce: OpDefinition<'reduce'> = {
  infer(inputs, { axes, keepDims }, fail) {
    checkCount(inputs, 1, 1, fail);
    const { dtype, shape } = inputs[0]!;
    for (const axis of axes) dimAt(inputs[0]!, axis, fail);
    const dims = shape.flatMap((dim, axis): Dim[] =>
      axes.includes(axis) ? (keepDims ? [1] : []) : [dim],
    );
    return { dtype, shape: dims };
  },
  traits: { global: true },
};

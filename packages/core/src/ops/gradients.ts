/** @file Shapes and cost of the operations that only training graphs have. */
import type { Dim, TensorType } from '../ir/types.js';
import { sameShape } from '../tensor.js';
import { convMacs } from './conv3d.js';
import {
  checkCount,
  dimAt,
  elementsOf,
  shapeText,
  type Fail,
  type OpDefinition,
} from './definition.js';
import { inferWindow } from './window.js';

const DENSE = [1, 1, 1] as const;

function checkShape(what: string, type: TensorType, shape: readonly Dim[], fail: Fail): void {
  if (sameShape(type.shape, shape)) return;
  fail(`${what} of shape ${shapeText(shape)}`, shapeText(type.shape));
}

function checkChannels(x: TensorType, parts: readonly TensorType[], fail: Fail): void {
  for (const part of parts) checkShape('a tensor', part, [dimAt(x, 1, fail)], fail);
}

/** Cross-entropy of each row. */
export const crossEntropy: OpDefinition<'cross_entropy'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    const [logits, targets] = inputs;
    dimAt(logits!, 0, fail);
    checkShape('targets', targets!, logits!.shape, fail);
    return { dtype: logits!.dtype, shape: logits!.shape.slice(0, -1) };
  },
  traits: {},
};

/** Binary cross-entropy of each element. */
export const binaryCrossEntropy: OpDefinition<'binary_cross_entropy'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    checkShape('targets', inputs[1]!, inputs[0]!.shape, fail);
    return inputs[0]!;
  },
  traits: { elementwise: true },
};

/** Biased variance of each channel. */
export const batchVariance: OpDefinition<'batch_variance'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    checkChannels(inputs[0]!, inputs.slice(1), fail);
    return inputs[1]!;
  },
  traits: { global: true },
};

/** Batch norm over the batch itself. */
export const batchNormTraining: OpDefinition<'batch_norm_training'> = {
  infer(inputs, { epsilon }, fail) {
    checkCount(inputs, 5, 5, fail);
    if (!(epsilon > 0)) fail('an epsilon above 0', `${epsilon}`);
    checkChannels(inputs[0]!, inputs.slice(1), fail);
    return inputs[0]!;
  },
  traits: {},
};

/** A value of one number. */
export const fill: OpDefinition<'fill'> = {
  infer(inputs, { shape, value }, fail) {
    checkCount(inputs, 0, 0, fail);
    if (!Number.isFinite(value)) fail('a finite number', `${value}`);
    return { dtype: 'float32', shape };
  },
  traits: {},
};

/** The gradient of a convolution's input. */
export const conv3dInputGradient: OpDefinition<'conv3d_input_gradient'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    const [dy, weight] = inputs;
    const [out, perGroup] = weight!.shape as readonly number[];
    const x = {
      dtype: dy!.dtype,
      shape: [dimAt(dy!, 0, fail), perGroup! * attrs.groups, ...attrs.size],
    };
    checkShape('a weight', weight!, [out!, perGroup!, ...attrs.kernel], fail);
    checkShape('a gradient', dy!, inferWindow(x, out!, attrs, attrs.dilation, fail).shape, fail);
    return x;
  },
  macs: ([dy], output, attrs) => convMacs(elementsOf(dy!.shape), output.shape[1] as number, attrs),
  traits: {},
};

/** The gradient of a convolution's weight. */
export const conv3dWeightGradient: OpDefinition<'conv3d_weight_gradient'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    const [dy, x] = inputs;
    const [channels, out] = [dimAt(x!, 1, fail), dimAt(dy!, 1, fail)] as [number, number];
    checkShape('a gradient', dy!, inferWindow(x!, out, attrs, attrs.dilation, fail).shape, fail);
    return { dtype: x!.dtype, shape: [out, channels / attrs.groups, ...attrs.kernel] };
  },
  macs: ([dy, x], _output, attrs) => convMacs(elementsOf(dy!.shape), x!.shape[1] as number, attrs),
  traits: {},
};

/** The gradient of maximum pooling. */
export const maxPool3dGradient: OpDefinition<'max_pool3d_gradient'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 3, 3, fail);
    const [dy, x, y] = inputs;
    const { shape } = inferWindow(x!, dimAt(x!, 1, fail), attrs, DENSE, fail);
    for (const type of [dy!, y!]) checkShape('a gradient and result', type, shape, fail);
    return x!;
  },
  traits: {},
};

/** The gradient of mean pooling. */
export const avgPool3dGradient: OpDefinition<'avg_pool3d_gradient'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 1, 1, fail);
    const [n, channels] = [dimAt(inputs[0]!, 0, fail), dimAt(inputs[0]!, 1, fail)];
    const x = { dtype: inputs[0]!.dtype, shape: [n, channels, ...attrs.size] };
    checkShape('a gradient', inputs[0]!, inferWindow(x, channels, attrs, DENSE, fail).shape, fail);
    return x;
  },
  traits: {},
};

/** The gradient of a batch norm's input. */
export const batchNormInputGradient: OpDefinition<'batch_norm_input_gradient'> = {
  infer(inputs, { epsilon }, fail) {
    if (inputs.length !== 3) checkCount(inputs, 7, 7, fail);
    if (!(epsilon > 0)) fail('an epsilon above 0', `${epsilon}`);
    const [dy, scale, variance, x, ...others] = inputs;
    checkChannels(dy!, [scale!, variance!, ...others], fail);
    if (x) checkShape('an input', x, dy!.shape, fail);
    return dy!;
  },
  traits: {},
};

/** The gradient of a batch norm's scale. */
export const batchNormScaleGradient: OpDefinition<'batch_norm_scale_gradient'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 4, 4, fail);
    const [dy, x, ...statistics] = inputs;
    checkShape('an input', x!, dy!.shape, fail);
    checkChannels(dy!, statistics, fail);
    return statistics[0]!;
  },
  traits: { global: true },
};

/** The gradient of an activation. */
export const activationGradient: OpDefinition<'activation_gradient'> = {
  infer(inputs, _attrs, fail) {
    checkCount(inputs, 2, 2, fail);
    checkShape('a value', inputs[1]!, inputs[0]!.shape, fail);
    return inputs[0]!;
  },
  traits: { elementwise: true },
};

/** The gradient of a reduction. */
export const reduceGradient: OpDefinition<'reduce_gradient'> = {
  infer(inputs, { fn, axes, keepDims }, fail) {
    const count = fn === 'max' ? 3 : 2;
    checkCount(inputs, count, count, fail);
    const [dy, x, y] = inputs;
    const reduced = x!.shape.flatMap((dim, axis): Dim[] =>
      axes.includes(axis) ? (keepDims ? [1] : []) : [dim],
    );
    for (const type of y ? [dy!, y] : [dy!]) checkShape('a gradient', type, reduced, fail);
    return x!;
  },
  traits: { global: true },
};

/** Rows added to zeros at their indices. */
export const scatter: OpDefinition<'scatter'> = {
  infer(inputs, { axis, indices, size }, fail) {
    checkCount(inputs, 1, 1, fail);
    const count = dimAt(inputs[0]!, axis, fail);
    if (count !== indices.length) fail(`${count} indices`, `${indices.length}`);
    const { dtype, shape } = inputs[0]!;
    const outside = indices.find((i) => !Number.isInteger(i) || i < 0 || i >= Number(size));
    if (outside !== undefined) fail(`indices within 0..${Number(size) - 1}`, `${outside}`);
    return { dtype, shape: shape.map((dim, i) => (i === axis ? size : dim)) };
  },
  traits: { global: true },
};

/** The gradient of the features of regions. */
export const roiAlignGradient: OpDefinition<'roi_align_gradient'> = {
  infer(inputs, { size }, fail) {
    checkCount(inputs, 3, 3, fail);
    const [dy, boxes, features] = inputs;
    const regions = dimAt(boxes!, 0, fail);
    checkShape('boxes', boxes!, [regions, 5], fail);
    checkShape('a gradient', dy!, [regions, dimAt(features!, 1, fail), ...size], fail);
    return features!;
  },
  traits: { global: true },
};

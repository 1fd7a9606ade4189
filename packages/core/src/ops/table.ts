/** @file The one table of operations: adding one is a file beside this and a line here. */
import type { Node, OpAttrs, OpKind, TensorType } from '../ir/types.js';
import { concat, gather, reshape, slice, transpose } from './arrangement.js';
import { conv3d } from './conv3d.js';
import type { Fail, FieldOfView, OpDefinition, OpTraits } from './definition.js';
import { activation, add, batchNorm, dropout, mul, scale } from './elementwise.js';
import * as gradients from './gradients.js';
import { avgPool3d, maxPool3d } from './pooling.js';
import { linear, matmul, reduce, softmax } from './products.js';
import { roiAlign } from './roi-align.js';

/** The definition of every operation. */
export type OpTable = { readonly [K in OpKind]: OpDefinition<K> };

/** The definitions by name. */
export const OPS: OpTable = {
  conv3d,
  batch_norm: batchNorm,
  activation,
  add,
  mul,
  scale,
  max_pool3d: maxPool3d,
  avg_pool3d: avgPool3d,
  reduce,
  concat,
  slice,
  gather,
  reshape,
  transpose,
  matmul,
  linear,
  softmax,
  roi_align: roiAlign,
  dropout,
  cross_entropy: gradients.crossEntropy,
  binary_cross_entropy: gradients.binaryCrossEntropy,
  batch_variance: gradients.batchVariance,
  batch_norm_training: gradients.batchNormTraining,
  fill: gradients.fill,
  conv3d_input_gradient: gradients.conv3dInputGradient,
  conv3d_weight_gradient: gradients.conv3dWeightGradient,
  max_pool3d_gradient: gradients.maxPool3dGradient,
  avg_pool3d_gradient: gradients.avgPool3dGradient,
  batch_norm_input_gradient: gradients.batchNormInputGradient,
  batch_norm_scale_gradient: gradients.batchNormScaleGradient,
  activation_gradient: gradients.activationGradient,
  reduce_gradient: gradients.reduceGradient,
  scatter: gradients.scatter,
  roi_align_gradient: gradients.roiAlignGradient,
};

/**
 * The type of an operation's output. Calls `fail` when inputs are of several element types, or do not fit the
 * attributes.
 */
export function inferOutput<K extends OpKind>(
  op: K,
  inputs: readonly TensorType[],
  attrs: OpAttrs[K],
  fail: Fail,
): TensorType {
  if (inputs.some(({ dtype }) => dtype !== inputs[0]!.dtype)) {
    const types = new Set(inputs.map(({ dtype }) => dtype));
    fail('inputs of one element type', [...types].join(' and '));
  }
  return (OPS[op] as OpDefinition<K>).infer(inputs, attrs, fail);
}

/** The traits of a node's operation. */
export function traitsOf(node: Node): OpTraits {
  return OPS[node.op].traits;
}

/** Multiply-adds of a node for one clip. */
export function macsOf(node: Node): number {
  const definition = OPS[node.op] as OpDefinition<OpKind>;
  const types = node.inputs.map(({ type }): TensorType => type);
  return definition.macs?.(types, node.output.type, node.attrs) ?? 0;
}

/** The window of a node over T, H, W, if its operation has one. */
export function fieldOf(node: Node): FieldOfView | undefined {
  const definition = OPS[node.op] as OpDefinition<OpKind>;
  return definition.field?.(node.attrs);
}

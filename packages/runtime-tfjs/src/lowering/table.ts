/** @file How each operation of a graph becomes operations of TF.js. */
import type { LoweringTable } from '@slowfast/core';
import { concat, gather, reshape, slice, transpose } from './arrangement.js';
import type { LoweringContext } from './context.js';
import { activation, add, batchNorm, dropout, mul, scale } from './elementwise.js';
import type { Placed } from './placed.js';
import { conv3dInputGradient, conv3dWeightGradient } from './convolution-gradients.js';
import * as gradients from './gradients.js';
import { linear, matmul, reduce, softmax } from './products.js';
import { roiAlign } from './regions.js';
import { avgPool3d, conv3d, maxPool3d } from './windows.js';

/** The table for inference: dropout does nothing, batch norms use their running statistics. */
export const LOWERING: LoweringTable<LoweringContext, Placed> = {
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
  conv3d_input_gradient: conv3dInputGradient,
  conv3d_weight_gradient: conv3dWeightGradient,
  max_pool3d_gradient: gradients.maxPool3dGradient,
  avg_pool3d_gradient: gradients.avgPool3dGradient,
  batch_norm_input_gradient: gradients.batchNormInputGradient,
  batch_norm_scale_gradient: gradients.batchNormScaleGradient,
  activation_gradient: gradients.activationGradient,
  reduce_gradient: gradients.reduceGradient,
  scatter: gradients.scatter,
  roi_align_gradient: gradients.roiAlignGradient,
};

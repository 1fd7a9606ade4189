/** @file How each operation of a graph becomes operations of TF.js. */
import type { InferenceOp, LoweringTable } from '@slowfast/core';
import { concat, gather, reshape, slice, transpose } from './arrangement.js';
import type { LoweringContext } from './context.js';
import { activation, add, batchNorm, dropout, mul, scale } from './elementwise.js';
import type { Placed } from './placed.js';
import { linear, matmul, reduce, softmax } from './products.js';
import { roiAlign } from './regions.js';
import { avgPool3d, conv3d, maxPool3d } from './windows.js';

/** The table for inference: dropout does nothing, batch norms use their running statistics. */
export const LOWERING: LoweringTable<LoweringContext, Placed, InferenceOp> = {
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
};

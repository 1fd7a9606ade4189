/** @file How each operation is written as TensorFlow's. */
import type { InferenceOp, LoweringTable } from '@slowfast/core';
import type { Operand } from '../axes.js';
import { concat, gather, reshape, slice, transpose } from './arrangement.js';
import { noRegions } from '../operand.js';
import { activation, add, batchNorm, dropout, mul, scale } from './elementwise.js';
import type { GraphDef } from './graph-def.js';
import { linear, matmul, reduce, softmax } from './products.js';
import { avgPool3d, conv3d, maxPool3d } from './windows.js';

/** The operations by name. */
export const GRAPH_MODEL_TABLE: LoweringTable<GraphDef, Operand, InferenceOp> = {
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
  dropout,
  roi_align: noRegions,
};

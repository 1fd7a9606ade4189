/** @file How each operation becomes standard ONNX operators; a forgotten one does not compile. */
import type { InferenceOp, LoweringTable } from '@slowfast/core';
import { concat, gather, reshape, slice, transpose } from './arrangement.js';
import { activation, add, batchNorm, dropout, mul, scale } from './elementwise.js';
import type { OnnxEmitter } from './emitter.js';
import { linear, matmul, reduce, softmax } from './products.js';
import { roiAlign } from './regions.js';
import { avgPool3d, conv3d, maxPool3d } from './windows.js';

/** From operations to nodes; handles are names of ONNX values. */
export const LOWERING: LoweringTable<OnnxEmitter, string, InferenceOp> = {
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

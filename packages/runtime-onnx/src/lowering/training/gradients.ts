/** @file How each operation of training graphs becomes ONNX operators; a forgotten one does not compile. */
import type { GradientOp, Graph, NodeOf } from '@slowfast/core';
import type { Form, FormTable } from '../frames/forms.js';
import { activationGradient } from './activation-gradient.js';
import {
  batchNormInputGradient,
  batchNormScaleGradient,
  batchNormTraining,
  batchVariance,
} from './batch-norm.js';
import { inputGradientPlanes, weightGradientOf } from './convolution.js';
import { binaryCrossEntropy, crossEntropy } from './losses.js';
import { avgPoolGradient, maxPoolGradient } from './pooling.js';
import { reduceGradient } from './reduce-gradient.js';
import { roiAlignGradient } from './regions.js';
import { scatter } from './scatter.js';

/** Computes a node, as planes or whole. */
type Gradients = { readonly [K in GradientOp]: (node: NodeOf<K>, table: FormTable) => Form };

/** From operations to nodes. */
export const GRADIENTS: Gradients = {
  cross_entropy: crossEntropy,
  binary_cross_entropy: binaryCrossEntropy,
  batch_variance: batchVariance,
  batch_norm_training: batchNormTraining,
  batch_norm_input_gradient: batchNormInputGradient,
  batch_norm_scale_gradient: batchNormScaleGradient,
  fill: ({ attrs: { shape, value } }, { onnx }) => ({
    whole: onnx.tensor(
      'float32',
      shape,
      new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
    ),
  }),
  conv3d_input_gradient: (node, table) => ({
    planes: inputGradientPlanes(node, table, table.whole(node.inputs[1]!)),
  }),
  conv3d_weight_gradient: (node, table) => ({ whole: weightGradientOf(node, table) }),
  max_pool3d_gradient: maxPoolGradient,
  avg_pool3d_gradient: avgPoolGradient,
  activation_gradient: activationGradient,
  reduce_gradient: reduceGradient,
  scatter,
  roi_align_gradient: roiAlignGradient,
};

/** Whether a graph is one of training: it has a loss, gradients or a batch's statistics. */
export const isTraining = ({ nodes }: Graph): boolean => nodes.some(({ op }) => op in GRADIENTS);

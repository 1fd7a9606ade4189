/** @file Every operation of the graph, differentiable on every backend. */
import type {
  Dim,
  HostTensor,
  InferenceOp,
  LoweringTable,
  Value,
  WindowAttrs,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { hasNativeRelu, nativeRelu } from '../kernels/native-relu.js';
import { activate as activateAnywhere } from '../lowering/activate.js';
import { avgPool, maxPool, type PoolWindow } from '../lowering/pooling.js';
import { concatAxis, permute, sliceAxis } from '../lowering/rearrange.js';
import { gatherAxis } from './arrangement.js';
import { batchNormFixed, batchNormTraining, type BatchStatistics } from './batch-norm.js';
import { conv3d } from './convolution.js';
import { addBias, type Needs } from './differentiable.js';
import { dropout } from './dropout.js';
import { physicalAxis, physicalPermutation, toLogical, toPhysical } from './layout.js';
import { batchedMatMul, linear, reduceAxes, softmaxAxis } from './products.js';
import { roiAlign } from './regions.js';

/** What lowering needs to know of the run. */
export interface TrainingContext {
  /** Whether a value depends on a parameter that is trained, so that it needs a gradient. */
  readonly isTrained: (value: Value) => boolean;
  /** The concrete size of a dimension. */
  readonly sizeOfDim: (dim: Dim) => number;
  /** Takes the statistics of a batch norm's batch; undefined where the norm uses its running ones. */
  readonly collectorOf: (norm: string) => ((statistics: BatchStatistics) => void) | undefined;
  /** What an input of the graph was fed with; undefined for other values. */
  readonly feedOf: (value: Value) => HostTensor | undefined;
  /** What a dropout's mask depends on; undefined at inference. */
  readonly dropoutKey: { readonly seed: number; readonly step: number } | undefined;
}

const needsOf = (context: TrainingContext, [x, w]: readonly Value[]): Needs => ({
  x: context.isTrained(x!),
  w: context.isTrained(w!),
});

const poolWindow = ({ kernel, stride, padding }: WindowAttrs): PoolWindow => ({
  kernel,
  stride,
  padding: [
    [padding[0], padding[0]],
    [padding[1], padding[1]],
    [padding[2], padding[2]],
  ],
});

const activate: typeof activateAnywhere = (x, fn) =>
  fn === 'relu' && hasNativeRelu() ? nativeRelu(x) : activateAnywhere(x, fn);

/** The rows that per-channel operations see: all but the graph's axis 1. */
function rowsOf(x: tf.Tensor): {
  rows: tf.Tensor2D;
  restore: (rows: tf.Tensor) => tf.Tensor;
} {
  if (x.rank === 2) return { rows: x as tf.Tensor2D, restore: (rows) => rows };
  if (x.rank === 5) {
    const channels = x.shape[4]!;
    const rows = tf.reshape(x, [x.size / channels, channels]) as tf.Tensor2D;
    return { rows, restore: (y) => tf.reshape(y, x.shape) };
  }
  const [n, channels] = x.shape as [number, number];
  const inner = x.size / (n * channels);
  const last = tf.transpose(tf.reshape(x, [n, channels, inner]), [0, 2, 1]);
  return {
    rows: tf.reshape(last, [n * inner, channels]) as tf.Tensor2D,
    restore: (y) =>
      tf.reshape(tf.transpose(tf.reshape(y, [n, inner, channels]), [0, 2, 1]), x.shape),
  };
}

/** The operations, on tensors that lie as `layout.ts` says. */
export const TRAINING: LoweringTable<TrainingContext, tf.Tensor, InferenceOp> = {
  conv3d: ({ attrs, inputs }, [x, weight, bias], context) => {
    const y = conv3d(x!, weight!, attrs, needsOf(context, inputs));
    if (!bias) return activate(y, attrs.activation);
    const { rows, restore } = rowsOf(y);
    return activate(restore(addBias(rows, bias as tf.Tensor1D)), attrs.activation);
  },
  batch_norm: ({ name, attrs }, [x, scale, shift, mean, variance], context) => {
    const { rows, restore } = rowsOf(x!);
    const collect = context.collectorOf(name);
    if (!collect) {
      return restore(batchNormFixed(rows, [scale!, shift!, mean!, variance!], attrs.epsilon));
    }
    const [gamma, beta] = [scale, shift] as [tf.Tensor1D, tf.Tensor1D];
    return restore(batchNormTraining(rows, gamma, beta, attrs.epsilon, collect));
  },
  activation: ({ attrs }, [x]) => activate(x!, attrs.fn),
  add: ({ attrs }, [a, b]) => activate(tf.add(a!, b!), attrs.activation),
  mul: (_, [a, b]) => tf.mul(a!, b!),
  scale: ({ attrs }, [x]) => tf.mul(x!, attrs.factor),
  max_pool3d: ({ attrs }, [x]) => maxPool(x as tf.Tensor5D, poolWindow(attrs)),
  avg_pool3d: ({ attrs }, [x]) => avgPool(x as tf.Tensor5D, poolWindow(attrs)),
  reduce: ({ attrs: { fn, axes, keepDims } }, [x]) => {
    // Without the reduced axes, what is left would not be in the graph's order.
    if (!keepDims) return toPhysical(reduceAxes(toLogical(x!), fn, axes));
    const gone = axes.map((axis) => physicalAxis(x!.rank, axis));
    const shape = x!.shape.map((size, axis) => (gone.includes(axis) ? 1 : size));
    return tf.reshape(reduceAxes(x!, fn, gone), shape);
  },
  concat: ({ attrs }, inputs) => concatAxis(inputs, physicalAxis(inputs[0]!.rank, attrs.axis)),
  slice: ({ attrs: { axis, start, stop, step } }, [x]) =>
    sliceAxis(x!, physicalAxis(x!.rank, axis), start, stop, step),
  gather: ({ attrs }, [x]) => gatherAxis(x!, physicalAxis(x!.rank, attrs.axis), attrs.indices),
  reshape: ({ attrs }, [x], { sizeOfDim }) =>
    toPhysical(tf.reshape(toLogical(x!), attrs.shape.map(sizeOfDim))),
  transpose: ({ attrs }, [x]) => permute(x!, physicalPermutation(attrs.perm)),
  matmul: ({ inputs }, [a, b], context) =>
    toPhysical(batchedMatMul(toLogical(a!), toLogical(b!), needsOf(context, inputs))),
  linear: ({ inputs }, [x, weight, bias], context) =>
    toPhysical(linear(toLogical(x!), weight!, bias, needsOf(context, inputs))),
  softmax: ({ attrs }, [x]) => softmaxAxis(x!, physicalAxis(x!.rank, attrs.axis)),
  roi_align: (node, [features], context) => {
    const [map, boxes] = node.inputs as readonly [Value, Value];
    return roiAlign(node, features!, context.feedOf(boxes), context.isTrained(map));
  },
  dropout: ({ name, attrs }, [x], { dropoutKey }) =>
    dropoutKey ? dropout(x!, attrs.rate, { ...dropoutKey, layer: name }) : x!,
};

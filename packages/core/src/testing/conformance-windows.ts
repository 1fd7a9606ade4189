/** @file Conformance cases of convolution and pooling. */
import type { GraphBuilder, Conv3dOptions } from '../ir/builder.js';
import type { ActivationFunction, Triple, Value } from '../ir/types.js';
import type { Shape } from '../tensor.js';
import type { CaseSpec } from './conformance-case.js';

const conv = (name: string, x: Shape, options: Conv3dOptions): CaseSpec => ({
  name,
  inputs: { x },
  build: (g, value) => g.conv3d(value!, options),
});

const fusedConv = (fn: ActivationFunction): CaseSpec => ({
  name: `with ${fn} and a bias`,
  inputs: { x: [2, 3, 3, 5, 5] },
  build: (g, x) => convWith(g, x!, fn),
  feed: (value) => 3 * value,
});

function convWith(g: GraphBuilder, x: Value, activation: ActivationFunction): Value {
  const shape = [4, 3, 3, 3, 3];
  const weight = g.param('conv.weight', shape, 'weight', { kind: 'msra' });
  const bias = g.param('conv.bias', [4], 'bias', { kind: 'constant', value: 0 });
  return g.emit('conv3d', [x, weight, bias], {
    kernel: [3, 3, 3],
    stride: [1, 1, 1],
    padding: [1, 1, 1],
    dilation: [1, 1, 1],
    groups: 1,
    activation,
  });
}

const maxPool = (name: string, x: Shape, kernel: Triple, stride: Triple, padding: Triple) => ({
  name,
  inputs: { x },
  build: (g: GraphBuilder, value?: Value) => g.maxPool3d(value!, kernel, stride, padding),
});

const avgPool = (name: string, x: Shape, kernel: Triple, stride: Triple, padding: Triple) => ({
  name,
  inputs: { x },
  build: (g: GraphBuilder, value?: Value) => g.avgPool3d(value!, kernel, stride, padding),
});

/** Cases of the operations with windows. */
export const windowCases = {
  conv3d: [
    conv('1x1x1', [3, 5, 3, 4, 5], { channels: 7, kernel: [1, 1, 1] }),
    conv('1x1x1 with a bias, one position', [3, 6, 1, 1, 1], {
      channels: 4,
      kernel: [1, 1, 1],
      bias: true,
    }),
    conv('1x1x1 stride 2, odd sizes', [2, 4, 3, 7, 9], {
      channels: 6,
      kernel: [1, 1, 1],
      stride: [1, 2, 2],
    }),
    conv('1x3x3', [2, 4, 3, 6, 5], { channels: 6, kernel: [1, 3, 3] }),
    conv('1x3x3 stride 2, odd sizes', [3, 4, 3, 7, 9], {
      channels: 6,
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
    }),
    conv('1x3x3 stride 2, even sizes', [2, 4, 2, 8, 6], {
      channels: 6,
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
    }),
    conv('1x3x3 dilation 2', [2, 4, 3, 9, 7], {
      channels: 6,
      kernel: [1, 3, 3],
      dilation: [1, 2, 2],
    }),
    conv('1x3x3 dilation 2 and stride 2 on a map smaller than the window', [1, 3, 2, 3, 4], {
      channels: 5,
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
      dilation: [1, 2, 2],
    }),
    conv('1x7x7 stem, odd sizes', [2, 3, 3, 11, 9], {
      channels: 8,
      kernel: [1, 7, 7],
      stride: [1, 2, 2],
    }),
    conv('5x7x7 stem, odd sizes', [2, 3, 9, 9, 11], {
      channels: 8,
      kernel: [5, 7, 7],
      stride: [1, 2, 2],
    }),
    conv('5x7x7 stem, fewer frames than the window', [1, 3, 2, 14, 14], {
      channels: 8,
      kernel: [5, 7, 7],
      stride: [1, 2, 2],
    }),
    conv('3x1x1', [2, 6, 5, 3, 4], { channels: 4, kernel: [3, 1, 1] }),
    conv('3x1x1 on one frame', [3, 6, 1, 3, 4], { channels: 4, kernel: [3, 1, 1] }),
    conv('3x1x1 on two frames', [2, 6, 2, 3, 4], { channels: 4, kernel: [3, 1, 1] }),
    conv('3x1x1 dilation 2', [2, 4, 7, 3, 2], {
      channels: 4,
      kernel: [3, 1, 1],
      dilation: [2, 1, 1],
    }),
    conv('3x1x1 stride 2, without padding', [2, 4, 8, 3, 2], {
      channels: 4,
      kernel: [3, 1, 1],
      stride: [2, 1, 1],
      padding: [0, 0, 0],
    }),
    conv('5x1x1 temporal stride 8', [2, 4, 32, 3, 4], {
      channels: 8,
      kernel: [5, 1, 1],
      stride: [8, 1, 1],
    }),
    conv('5x1x1 temporal stride 8, T no multiple of it', [3, 4, 21, 3, 3], {
      channels: 8,
      kernel: [5, 1, 1],
      stride: [8, 1, 1],
    }),
    conv('7x1x1 temporal stride 4', [2, 4, 16, 2, 3], {
      channels: 8,
      kernel: [7, 1, 1],
      stride: [4, 1, 1],
    }),
    conv('3x3x3', [2, 4, 4, 5, 6], { channels: 6, kernel: [3, 3, 3] }),
    conv('3x3x3 stride 2 in every axis', [2, 4, 5, 7, 6], {
      channels: 6,
      kernel: [3, 3, 3],
      stride: [2, 2, 2],
    }),
    conv('2x2x2, without padding', [2, 3, 4, 5, 6], {
      channels: 4,
      kernel: [2, 2, 2],
      stride: [2, 2, 2],
      padding: [0, 0, 0],
    }),
    conv('more padding than half the kernel', [2, 3, 3, 4, 4], {
      channels: 4,
      kernel: [1, 3, 3],
      padding: [1, 2, 2],
    }),
    conv('unequal kernel, stride and padding in each axis', [2, 3, 6, 8, 9], {
      channels: 4,
      kernel: [3, 5, 2],
      stride: [1, 3, 2],
      padding: [0, 2, 1],
    }),
    conv('groups', [2, 8, 3, 5, 5], { channels: 12, kernel: [1, 3, 3], groups: 4 }),
    conv('groups with temporal kernel and stride', [2, 6, 5, 5, 5], {
      channels: 6,
      kernel: [3, 3, 3],
      stride: [1, 2, 2],
      groups: 2,
      bias: true,
    }),
    conv('depthwise', [3, 6, 4, 5, 5], { channels: 6, kernel: [3, 3, 3], groups: 6 }),
    conv('depthwise 5x1x1', [2, 6, 7, 3, 3], { channels: 6, kernel: [5, 1, 1], groups: 6 }),
    conv('depthwise with two outputs a channel', [2, 4, 3, 5, 5], {
      channels: 8,
      kernel: [1, 3, 3],
      groups: 4,
    }),
    fusedConv('relu'),
    fusedConv('relu6'),
    fusedConv('sigmoid'),
    fusedConv('silu'),
    fusedConv('hardswish'),
    fusedConv('tanh'),
  ],
  max_pool3d: [
    maxPool('1x3x3 stride 2, odd sizes', [2, 3, 2, 7, 9], [1, 3, 3], [1, 2, 2], [0, 1, 1]),
    maxPool('1x3x3 stride 2, even sizes', [3, 3, 2, 8, 6], [1, 3, 3], [1, 2, 2], [0, 1, 1]),
    {
      ...maxPool('padding, all negative', [2, 3, 3, 5, 6], [3, 3, 3], [2, 2, 2], [1, 1, 1]),
      feed: (value: number) => -Math.abs(value) - 1,
    },
    maxPool('2x1x1', [2, 3, 5, 3, 4], [2, 1, 1], [2, 1, 1], [0, 0, 0]),
    maxPool('1x2x2, odd sizes', [2, 3, 2, 5, 7], [1, 2, 2], [1, 2, 2], [0, 0, 0]),
    maxPool('stride beyond the kernel', [2, 3, 5, 6, 7], [1, 2, 2], [2, 3, 3], [0, 0, 0]),
    maxPool('stride 1', [2, 2, 4, 4, 4], [3, 3, 3], [1, 1, 1], [1, 1, 1]),
  ],
  avg_pool3d: [
    avgPool('whole window', [3, 4, 4, 3, 5], [4, 3, 5], [1, 1, 1], [0, 0, 0]),
    avgPool('fixed window at several positions', [2, 4, 4, 4, 5], [4, 3, 3], [1, 1, 1], [0, 0, 0]),
    avgPool('padding counts as zeros', [2, 3, 4, 5, 6], [3, 3, 3], [2, 2, 2], [1, 1, 1]),
    avgPool('1x2x2 stride 2, odd sizes', [2, 3, 2, 5, 7], [1, 2, 2], [1, 2, 2], [0, 0, 0]),
    avgPool('temporal window', [2, 3, 7, 2, 3], [3, 1, 1], [2, 1, 1], [1, 0, 0]),
  ],
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;

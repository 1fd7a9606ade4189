/** @file Convolution and pooling. */
import type { LoweringTable, Triple, WindowAttrs } from '@slowfast/core';
import type { OnnxAttribute } from '../proto/model.js';
import { applyActivation } from './elementwise.js';
import type { OnnxEmitter } from './emitter.js';

type Table = LoweringTable<OnnxEmitter, string>;

const window = ({ kernel, stride, padding }: WindowAttrs): Record<string, OnnxAttribute> => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  pads: { ints: [...padding, ...padding] satisfies number[] },
});

const triple = (sizes: Triple): OnnxAttribute => ({ ints: sizes });

/** Conv, followed by the activation it carries: ONNX Runtime fuses the two again. */
export const conv3d: Table['conv3d'] = ({ name, attrs }, inputs, onnx) =>
  applyActivation(onnx, attrs.activation, name, (result) =>
    onnx.emit('Conv', result, inputs, {
      ...window(attrs),
      dilations: triple(attrs.dilation),
      group: { int: attrs.groups },
    }),
  );

/** MaxPool; its padding is minus infinity, as in PyTorch. */
export const maxPool3d: Table['max_pool3d'] = ({ name, attrs }, inputs, onnx) =>
  onnx.emit('MaxPool', name, inputs, window(attrs));

/** AveragePool that counts padding as zeros, as in PyTorch. */
export const avgPool3d: Table['avg_pool3d'] = ({ name, attrs }, inputs, onnx) =>
  onnx.emit('AveragePool', name, inputs, { ...window(attrs), count_include_pad: { int: 1 } });

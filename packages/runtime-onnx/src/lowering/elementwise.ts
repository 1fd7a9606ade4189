/** @file Operations element by element. */
import type { ActivationFunction, LoweringTable } from '@slowfast/core';
import type { OnnxEmitter } from './emitter.js';

type Table = LoweringTable<OnnxEmitter, string>;
type Activation = (onnx: OnnxEmitter, name: string, x: string) => string;

/** Each activation function as operators. */
export const ACTIVATIONS: { readonly [F in Exclude<ActivationFunction, 'identity'>]: Activation } =
  {
    relu: (onnx, name, x) => onnx.emit('Relu', name, [x]),
    relu6: (onnx, name, x) => onnx.emit('Clip', name, [x, onnx.float(0), onnx.float(6)]),
    sigmoid: (onnx, name, x) => onnx.emit('Sigmoid', name, [x]),
    silu: (onnx, name, x) =>
      onnx.emit('Mul', name, [x, onnx.emit('Sigmoid', `${name}/Sigmoid`, [x])]),
    hardswish: (onnx, name, x) => onnx.emit('HardSwish', name, [x]),
    tanh: (onnx, name, x) => onnx.emit('Tanh', name, [x]),
  };

/** Emits an operation under the name it is given, and its activation after it under the node's name. */
export function applyActivation(
  onnx: OnnxEmitter,
  fn: ActivationFunction,
  name: string,
  operation: (name: string) => string,
): string {
  if (fn === 'identity') return operation(name);
  return ACTIVATIONS[fn](onnx, name, operation(`${name}/linear`));
}

/** Relu, Clip, Sigmoid, HardSwish, Tanh; x · Sigmoid(x) for silu, which has no operator of its own. */
export const activation: Table['activation'] = ({ name, attrs }, [x], onnx) =>
  attrs.fn === 'identity'
    ? onnx.emit('Identity', name, [x!])
    : ACTIVATIONS[attrs.fn](onnx, name, x!);

/** BatchNormalization with running statistics; ONNX's momentum weighs the old average, PyTorch's the new batch. */
export const batchNorm: Table['batch_norm'] = ({ name, attrs }, inputs, onnx) =>
  onnx.emit('BatchNormalization', name, inputs, {
    epsilon: { float: attrs.epsilon },
    momentum: { float: 1 - attrs.momentum },
  });

/** Add, and the activation it carries. */
export const add: Table['add'] = ({ name, attrs }, inputs, onnx) =>
  applyActivation(onnx, attrs.activation, name, (result) => onnx.emit('Add', result, inputs));

/** Mul. */
export const mul: Table['mul'] = ({ name }, inputs, onnx) => onnx.emit('Mul', name, inputs);

/** Mul by a constant. */
export const scale: Table['scale'] = ({ name, attrs }, [x], onnx) =>
  onnx.emit('Mul', name, [x!, onnx.float(attrs.factor)]);

/** Nothing happens at inference. */
export const dropout: Table['dropout'] = ({ name }, [x], onnx) => onnx.emit('Identity', name, [x!]);

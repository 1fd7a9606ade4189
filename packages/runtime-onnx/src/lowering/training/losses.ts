/** @file Losses, stable for large logits. */
import type { NodeOf } from '@slowfast/core';
import type { Form, FormTable } from '../frames/forms.js';

/** `−Σ target · log softmax`. */
export function crossEntropy({ name, inputs }: NodeOf<'cross_entropy'>, table: FormTable): Form {
  const { onnx } = table;
  const [logits, targets] = inputs.map((input) => table.whole(input)) as [string, string];
  const log = onnx.emit('LogSoftmax', `${name}/log`, [logits], { axis: { int: -1 } });
  const terms = onnx.emit('Mul', `${name}/terms`, [log, targets]);
  const last = onnx.integers([inputs[0]!.type.shape.length - 1]);
  const sum = onnx.emit('ReduceSum', `${name}/sum`, [terms, last], { keepdims: { int: 0 } });
  return { whole: onnx.emit('Neg', name, [sum]) };
}

/** `max(x, 0) − x · target + log(1 + e^−|x|)`, which overflows nowhere. */
export function binaryCrossEntropy(
  { name, inputs }: NodeOf<'binary_cross_entropy'>,
  table: FormTable,
): Form {
  const { onnx } = table;
  const [x, targets] = inputs.map((input) => table.whole(input)) as [string, string];
  const size = onnx.emit('Abs', `${name}/size`, [x]);
  const power = onnx.emit('Exp', `${name}/power`, [onnx.emit('Neg', `${name}/negative`, [size])]);
  const rest = onnx.emit('Log', `${name}/rest`, [
    onnx.emit('Add', `${name}/one more`, [power, onnx.float(1)]),
  ]);
  const positive = onnx.emit('Relu', `${name}/positive`, [x]);
  const product = onnx.emit('Mul', `${name}/product`, [x, targets]);
  const difference = onnx.emit('Sub', `${name}/difference`, [positive, product]);
  return { whole: onnx.emit('Add', name, [difference, rest]) };
}

/** @file The gradient of means, sums and maxima. */
import type { NodeOf, Value } from '@slowfast/core';
import type { Form, FormTable } from '../frames/forms.js';
import { hasPlanes } from './planes.js';

/** Spreads a gradient over the axes that were reduced. */
export function reduceGradient(node: NodeOf<'reduce_gradient'>, table: FormTable): Form {
  const { name, inputs, attrs } = node;
  const { fn, axes } = attrs;
  const { onnx } = table;
  const [gradient, x, y] = inputs as [Value, Value, Value?];
  const shape = x.type.shape;
  const lone = (value: Value, part: string): string => {
    const whole = table.whole(value);
    if (attrs.keepDims || axes.length === 0) return whole;
    return onnx.emit('Unsqueeze', `${name}/${part}`, [
      whole,
      onnx.integers([...axes].sort((a, b) => a - b)),
    ]);
  };
  let dy = lone(gradient, 'axes');
  if (fn === 'mean') dy = onnx.emit('Div', `${name}/mean`, [dy, countOf(node, table)]);
  if (fn === 'max') {
    const equal = onnx.emit('Equal', `${name}/equal`, [table.whole(x), lone(y!, 'largest')]);
    const mask = onnx.emit('Cast', `${name}/mask`, [equal], { to: { int: 1 } });
    const count = onnx.emit('ReduceSum', `${name}/count`, [mask, onnx.integers(axes)], {
      keepdims: { int: 1 },
    });
    const share = onnx.emit('Div', `${name}/share`, [dy, count]);
    return { whole: onnx.emit('Mul', name, [mask, share]) };
  }
  if (hasPlanes(x) && [...axes].sort().join() === '2,3,4') {
    const [, channels, frames, ...area] = shape as readonly number[];
    const single = onnx.emit('Reshape', `${name}/clips`, [
      dy,
      onnx.integers([1, -1, channels!, 1, 1]),
    ]);
    const spread = onnx.emit('Expand', `${name}/frames`, [
      single,
      onnx.integers([frames!, 1, channels!, ...area]),
    ]);
    const planes = onnx.emit('Reshape', name, [spread, onnx.integers([-1, channels!, ...area])]);
    return { planes };
  }
  // An axis of unknown size that was not reduced keeps the gradient's.
  const isKnown = shape.every((dim, axis) => typeof dim === 'number' || !axes.includes(axis));
  const target = isKnown
    ? onnx.integers(shape.map((dim) => (typeof dim === 'number' ? dim : 1)))
    : onnx.emit('Shape', `${name}/shape`, [table.whole(x)]);
  return { whole: onnx.emit('Expand', name, [dy, target]) };
}

function countOf({ name, inputs, attrs }: NodeOf<'reduce_gradient'>, table: FormTable): string {
  const { onnx } = table;
  const [gradient, x] = inputs as [Value, Value];
  const dims = attrs.axes.map((axis) => x.type.shape[axis]!);
  if (dims.every((dim) => typeof dim === 'number')) {
    return onnx.float(dims.reduce<number>((product, dim) => product * Number(dim), 1));
  }
  const [all, kept] = [x, gradient].map((value, i) => {
    const size = onnx.emit('Size', `${name}/size${i}`, [table.whole(value)]);
    return onnx.emit('Cast', `${name}/elements${i}`, [size], { to: { int: 1 } });
  });
  return onnx.emit('Div', `${name}/count`, [all!, kept!]);
}

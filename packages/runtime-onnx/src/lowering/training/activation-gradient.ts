/** @file Slopes of activation functions. */
import type { ActivationFunction, NodeOf, Value } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { Form, FormTable } from '../frames/forms.js';
import { alike } from './planes.js';

type Slope = (onnx: OnnxEmitter, name: string, value: string) => string;

/** 1 where a condition holds, else 0. */
const indicator = (onnx: OnnxEmitter, name: string, condition: string): string =>
  onnx.emit('Cast', `${name}/slope`, [condition], { to: { int: 1 } });

const isAbove = (onnx: OnnxEmitter, name: string, value: string, limit: number): string =>
  onnx.emit('Greater', `${name}/above${limit}`, [value, onnx.float(limit)]);

/** Any normal number above 0 times this is at least 1. */
const STEEP = 3.4e38;

/** 1 above 0, else 0, in one pass that all threads share: a comparison and a cast are two, one of which none share. */
const step = (onnx: OnnxEmitter, name: string, value: string): string =>
  onnx.emit('HardSigmoid', `${name}/slope`, [value], {
    alpha: { float: STEEP },
    beta: { float: 0 },
  });

const isBetween = (
  onnx: OnnxEmitter,
  name: string,
  value: string,
  [low, high]: readonly [number, number],
): string => {
  const below = onnx.emit('Less', `${name}/below${high}`, [value, onnx.float(high)]);
  return onnx.emit('And', `${name}/between`, [isAbove(onnx, name, value, low), below]);
};

/** `factor · value + offset`. */
function linear(onnx: OnnxEmitter, name: string, value: string, factor: number, offset: number) {
  const scaled = onnx.emit('Mul', `${name}/scaled`, [value, onnx.float(factor)]);
  return onnx.emit('Add', `${name}/offset`, [scaled, onnx.float(offset)]);
}

const product = (onnx: OnnxEmitter, name: string, a: string, b: string): string =>
  onnx.emit('Mul', name, [a, b]);

const SLOPES: { readonly [F in Exclude<ActivationFunction, 'identity'>]: Slope } = {
  relu: step,
  relu6: (onnx, name, y) => indicator(onnx, name, isBetween(onnx, name, y, [0, 6])),
  sigmoid: (onnx, name, y) => product(onnx, `${name}/slope`, y, linear(onnx, name, y, -1, 1)),
  tanh: (onnx, name, y) => {
    const square = product(onnx, `${name}/square`, y, y);
    return linear(onnx, name, square, -1, 1);
  },
  silu: (onnx, name, x) => {
    const s = onnx.emit('Sigmoid', `${name}/sigmoid`, [x]);
    const rest = product(onnx, `${name}/rest`, x, linear(onnx, name, s, -1, 1));
    const whole = onnx.emit('Add', `${name}/factor`, [rest, onnx.float(1)]);
    return product(onnx, `${name}/slope`, s, whole);
  },
  hardswish: (onnx, name, x) => {
    const ramp = linear(onnx, name, x, 1 / 3, 0.5);
    const inside = indicator(onnx, name, isBetween(onnx, name, x, [-3, 3]));
    const beyond = onnx.emit('GreaterOrEqual', `${name}/beyond`, [x, onnx.float(3)]);
    const flat = onnx.emit('Cast', `${name}/flat`, [beyond], { to: { int: 1 } });
    return onnx.emit('Add', `${name}/whole`, [product(onnx, `${name}/ramp`, ramp, inside), flat]);
  },
};

/** The gradient times the slope. */
export function activationGradient(node: NodeOf<'activation_gradient'>, table: FormTable): Form {
  const { name, attrs, inputs } = node;
  const compute = ([dy, value]: readonly string[]): string => {
    if (attrs.fn === 'identity') return dy!;
    return product(table.onnx, name, dy!, SLOPES[attrs.fn](table.onnx, name, value!));
  };
  return (
    alike(node, table, compute) ?? {
      whole: compute(inputs.map((input: Value) => table.whole(input))),
    }
  );
}

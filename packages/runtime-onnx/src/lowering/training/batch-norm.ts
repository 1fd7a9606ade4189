/**
 * @file Batch norm over the batch itself, and its gradients, with few passes over memory. `BatchNormalization` with fixed
 * numbers is a·x + b, in one pass, of one thread; sums and products by channel, which all threads share, are as quick on
 * large planes. `x − mean` is computed once and is all that is kept of x for the way back.
 */
import { sizeOf, type NodeOf, type Value } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { Form, FormTable } from '../frames/forms.js';
import { hasPlanes, perChannel } from './planes.js';

/** A value with its channels second: planes, or rows `[N, C]` and whatever else is no clip. */
interface Columns {
  readonly values: string;
  readonly isPlanes: boolean;
  /** Whether operators on two values are quick with one of them a channel. */
  readonly isLarge: boolean;
  readonly channels: number;
}

/** Positions of a plane from which rows are long enough. */
const LONG_ROW = 100;

function columns(table: FormTable, value: Value): Columns {
  const isPlanes = hasPlanes(value);
  const { shape } = value.type;
  return {
    values: isPlanes ? table.planes(value) : table.whole(value),
    isPlanes,
    isLarge: isPlanes && sizeOf(shape.slice(3) as number[]) >= LONG_ROW,
    channels: shape[1] as number,
  };
}

const formOf = ({ isPlanes }: Columns, result: string): Form =>
  isPlanes ? { planes: result } : { whole: result };

/** Sums over all but the channels. */
function sums(table: FormTable, name: string, value: Value, values: string): string {
  if (hasPlanes(value)) return perChannel(table, name, values, 'sum');
  const axes = value.type.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return table.onnx.emit('ReduceSum', name, [values, table.onnx.integers(axes)], {
    keepdims: { int: 0 },
  });
}

/** `a · x + b` of each channel; epsilon 0 keeps the factor as it is. */
function affine(
  onnx: OnnxEmitter,
  name: string,
  { values, channels }: Columns,
  a: string,
  b: string,
): string {
  const [zeros, ones] = [0, 1].map((value) =>
    onnx.tensor('float32', [channels], new Float32Array(channels).fill(value)),
  );
  return onnx.emit('BatchNormalization', name, [values, a, b, zeros!, ones!], {
    epsilon: { float: 0 },
  });
}

/** An operator on planes and one number a channel. */
function byChannel(
  onnx: OnnxEmitter,
  name: string,
  operator: 'Sub' | 'Mul',
  { values, channels }: Columns,
  factors: string,
): string {
  const column = onnx.emit('Reshape', `${name}/column`, [factors, onnx.integers([channels, 1, 1])]);
  return onnx.emit(operator, name, [values, column]);
}

const binary = (onnx: OnnxEmitter, name: string, operator: string, a: string, b: string): string =>
  onnx.emit(operator, name, [a, b]);

const shared = new WeakMap<FormTable, Map<string, string>>();

/** What several norms or gradients read, emitted once. */
function once(table: FormTable, key: string, emit: () => string): string {
  const all = shared.get(table) ?? new Map<string, string>();
  shared.set(table, all);
  const value = all.get(key) ?? emit();
  all.set(key, value);
  return value;
}

/** `x − mean`. */
function centred(table: FormTable, name: string, x: Value, mean: Value): Columns {
  const { onnx } = table;
  const own = columns(table, x);
  const values = once(table, `${x.name} - ${mean.name}`, () => {
    if (own.isLarge) return byChannel(onnx, `${name}/centred`, 'Sub', own, table.whole(mean));
    const ones = onnx.tensor('float32', [own.channels], new Float32Array(own.channels).fill(1));
    const negative = onnx.emit('Neg', `${name}/negative mean`, [table.whole(mean)]);
    return affine(onnx, `${name}/centred`, own, ones, negative);
  });
  return { ...own, values };
}

/** Positions of a plane from which a product of rows beats a product by elements and its sum. */
const LARGE_PLANE = 1024;

/** `Σ a·b` of each channel. */
function sumOfProducts(
  table: FormTable,
  name: string,
  value: Value,
  [a, b]: readonly [a: string, b: string],
): string {
  const { onnx } = table;
  const [channels, , ...area] = value.type.shape.slice(1) as number[];
  if (!hasPlanes(value) || sizeOf(area) < LARGE_PLANE) {
    return sums(table, name, value, onnx.emit('Mul', `${name}/products`, [a, b]));
  }
  const [first, second] = [a, b].map((values, i) => {
    const shape = onnx.integers([-1, 1, sizeOf(area)]);
    return onnx.emit('Reshape', `${name}/rows${i}`, [values, shape]);
  });
  const planes = onnx.emitOwn('FusedMatMul', `${name}/planes`, [first!, second!], {
    transB: { int: 1 },
  });
  const rows = onnx.emit('Reshape', `${name}/channels`, [planes, onnx.integers([-1, channels!])]);
  return onnx.emit('ReduceSum', name, [rows, onnx.integers([0])], { keepdims: { int: 0 } });
}

/** `1 / √(variance + ε)`. */
function inverseDeviation(table: FormTable, name: string, variance: Value, epsilon: number) {
  const { onnx } = table;
  return once(table, `1 / ${variance.name} + ${epsilon}`, () => {
    const shifted = binary(
      onnx,
      `${name}/variance`,
      'Add',
      table.whole(variance),
      onnx.float(epsilon),
    );
    const root = onnx.emit('Sqrt', `${name}/deviation`, [shifted]);
    return onnx.emit('Reciprocal', `${name}/inverse`, [root]);
  });
}

/** Positions and clips over which statistics are taken. */
function countOf(table: FormTable, name: string, { type }: Value, { values, channels }: Columns) {
  const { onnx } = table;
  const [clips, , ...size] = type.shape;
  return once(table, `count of ${[clips, ...size].join()}`, () => {
    const all = onnx.emit('Size', `${name}/size`, [values]);
    const whole = onnx.emit('Cast', `${name}/elements`, [all], { to: { int: 1 } });
    return binary(onnx, `${name}/count`, 'Mul', whole, onnx.float(1 / channels));
  });
}

/** The mean of squares around the mean: squares alone would lose digits where the mean is large. */
export function batchVariance(node: NodeOf<'batch_variance'>, table: FormTable): Form {
  const { name, inputs } = node;
  const [x, mean] = inputs as [Value, Value];
  const own = centred(table, name, x, mean);
  const total = sumOfProducts(table, `${name}/sum`, x, [own.values, own.values]);
  return { whole: binary(table.onnx, name, 'Div', total, countOf(table, name, x, own)) };
}

/** One pass, with the variance in its factors. */
export function batchNormTraining(node: NodeOf<'batch_norm_training'>, table: FormTable): Form {
  const { name, inputs, attrs } = node;
  const [x, scale, shift, mean, variance] = inputs as [Value, Value, Value, Value, Value];
  const own = centred(table, name, x, mean);
  const zeros = table.onnx.tensor('float32', [own.channels], new Float32Array(own.channels));
  const [a, b, spread] = [scale, shift, variance].map((part) => table.whole(part));
  const result = table.onnx.emit('BatchNormalization', name, [own.values, a!, b!, zeros, spread!], {
    epsilon: { float: attrs.epsilon },
  });
  return formOf(own, result);
}

/** `Σ dy·x̂`: `Σ dy·x − mean · Σ dy` would lose digits where the mean is large. */
export function batchNormScaleGradient(
  node: NodeOf<'batch_norm_scale_gradient'>,
  table: FormTable,
): Form {
  const { name, inputs, attrs } = node;
  const { onnx } = table;
  const [gradient, x, mean, variance] = inputs as [Value, Value, Value, Value];
  const dy = columns(table, gradient);
  const own = centred(table, name, x, mean);
  const inverse = inverseDeviation(table, name, variance, attrs.epsilon);
  const total = sumOfProducts(table, `${name}/sum`, x, [dy.values, own.values]);
  return { whole: binary(onnx, name, 'Mul', total, inverse) };
}

/**
 * With `g = γ / √(variance + ε)`: `g · dy`, and over the batch itself
 * `g · dy − q · (x − mean) − g · Σdy / M` where `q = g · dγ / (M · √(variance + ε))`.
 */
export function batchNormInputGradient(
  node: NodeOf<'batch_norm_input_gradient'>,
  table: FormTable,
): Form {
  const { name, inputs, attrs } = node;
  const { onnx } = table;
  const [gradient, scale, variance, x, ...rest] = inputs as [Value, Value, Value, ...Value[]];
  const dy = columns(table, gradient);
  const inverse = inverseDeviation(table, name, variance, attrs.epsilon);
  const factor = binary(onnx, `${name}/factor`, 'Mul', table.whole(scale), inverse);
  const zeros = onnx.tensor('float32', [dy.channels], new Float32Array(dy.channels));
  if (!x) return formOf(dy, affine(onnx, name, dy, factor, zeros));
  const [mean, ...sumsOfGradient] = rest as [Value, Value, Value];
  const [dScale, dShift] = sumsOfGradient.map((part) => table.whole(part)) as [string, string];
  const share = binary(onnx, `${name}/share`, 'Div', factor, countOf(table, name, gradient, dy));
  const along = binary(onnx, `${name}/along`, 'Mul', dScale, inverse);
  const q = binary(onnx, `${name}/q`, 'Mul', share, along);
  const total = binary(onnx, `${name}/total`, 'Mul', share, dShift);
  const offset = onnx.emit('Neg', `${name}/offset`, [total]);
  const first = affine(onnx, `${name}/of dy`, dy, factor, offset);
  const own = centred(table, name, x, mean);
  const second = own.isLarge
    ? byChannel(onnx, `${name}/of x`, 'Mul', own, q)
    : affine(onnx, `${name}/of x`, own, q, zeros);
  return formOf(dy, binary(onnx, name, 'Sub', first, second));
}

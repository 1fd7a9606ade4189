/** @file Batch norm over the batch itself, and its gradients. `BatchNormalization` with fixed numbers is a·x + b, in one pass. */
import type { NodeOf, Value } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { Form, FormTable } from '../frames/forms.js';
import { hasPlanes, perChannel } from './planes.js';

/** A value with its channels second: planes, or rows `[N, C]` and whatever else is no clip. */
interface Columns {
  readonly values: string;
  readonly isPlanes: boolean;
  readonly channels: number;
}

function columns(table: FormTable, value: Value): Columns {
  const isPlanes = hasPlanes(value);
  return {
    values: isPlanes ? table.planes(value) : table.whole(value),
    isPlanes,
    channels: value.type.shape[1] as number,
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

const binary = (onnx: OnnxEmitter, name: string, operator: string, a: string, b: string): string =>
  onnx.emit(operator, name, [a, b]);

/** `1 / √(variance + ε)`. */
function inverseDeviation(onnx: OnnxEmitter, name: string, variance: string, epsilon: number) {
  const shifted = binary(onnx, `${name}/variance`, 'Add', variance, onnx.float(epsilon));
  const root = onnx.emit('Sqrt', `${name}/deviation`, [shifted]);
  return onnx.emit('Reciprocal', `${name}/inverse`, [root]);
}

/** Positions and clips over which statistics are taken. */
function countOf(table: FormTable, name: string, { values, channels }: Columns) {
  const { onnx } = table;
  const size = onnx.emit('Size', `${name}/size`, [values]);
  const whole = onnx.emit('Cast', `${name}/elements`, [size], { to: { int: 1 } });
  return binary(onnx, `${name}/count`, 'Mul', whole, onnx.float(1 / channels));
}

/** The mean of squares around the mean: squares alone would lose digits where the mean is large. */
export function batchVariance(node: NodeOf<'batch_variance'>, table: FormTable): Form {
  const { name, inputs } = node;
  const [x, mean] = inputs as [Value, Value];
  const { onnx } = table;
  const own = columns(table, x);
  const ones = onnx.tensor('float32', [own.channels], new Float32Array(own.channels).fill(1));
  const negative = onnx.emit('Neg', `${name}/negative mean`, [table.whole(mean)]);
  const centred = affine(onnx, `${name}/centred`, own, ones, negative);
  const squares = binary(onnx, `${name}/squares`, 'Mul', centred, centred);
  if (own.isPlanes) return { whole: perChannel(table, name, squares, 'mean') };
  const total = sums(table, `${name}/sum`, x, squares);
  return { whole: binary(onnx, name, 'Div', total, countOf(table, name, own)) };
}

/** One pass, with the statistics in its factors. */
export function batchNormTraining(node: NodeOf<'batch_norm_training'>, table: FormTable): Form {
  const { name, inputs, attrs } = node;
  const [x, ...parts] = inputs as [Value, ...Value[]];
  const own = columns(table, x);
  const result = table.onnx.emit(
    'BatchNormalization',
    name,
    [own.values, ...parts.map((part) => table.whole(part))],
    { epsilon: { float: attrs.epsilon } },
  );
  return formOf(own, result);
}

/** `Σ dy·x̂`, with x̂ computed once more: `Σ dy·x − mean · Σ dy` would lose digits where the mean is large. */
export function batchNormScaleGradient(
  node: NodeOf<'batch_norm_scale_gradient'>,
  table: FormTable,
): Form {
  const { name, inputs, attrs } = node;
  const { onnx } = table;
  const [gradient, x, mean, variance] = inputs as [Value, Value, Value, Value];
  const [dy, own] = [columns(table, gradient), columns(table, x)];
  const inverse = inverseDeviation(onnx, name, table.whole(variance), attrs.epsilon);
  const distance = binary(onnx, `${name}/distance`, 'Mul', table.whole(mean), inverse);
  const offset = onnx.emit('Neg', `${name}/offset`, [distance]);
  const unit = affine(onnx, `${name}/unit`, own, inverse, offset);
  const products = binary(onnx, `${name}/products`, 'Mul', dy.values, unit);
  return { whole: sums(table, name, x, products) };
}

/**
 * With `g = γ / √(variance + ε)`: `g · dy`, and over the batch itself
 * `g · dy − q · x + (q · mean − g · Σdy / M)` where `q = g · dγ / (M · √(variance + ε))`.
 */
export function batchNormInputGradient(
  node: NodeOf<'batch_norm_input_gradient'>,
  table: FormTable,
): Form {
  const { name, inputs, attrs } = node;
  const { onnx } = table;
  const [gradient, scale, variance, x, ...rest] = inputs as [Value, Value, Value, ...Value[]];
  const dy = columns(table, gradient);
  const inverse = inverseDeviation(onnx, name, table.whole(variance), attrs.epsilon);
  const factor = binary(onnx, `${name}/factor`, 'Mul', table.whole(scale), inverse);
  const zeros = onnx.tensor('float32', [dy.channels], new Float32Array(dy.channels));
  if (!x) return formOf(dy, affine(onnx, name, dy, factor, zeros));
  const [mean, dScale, dShift] = rest.map((part) => table.whole(part)) as [string, string, string];
  const share = binary(onnx, `${name}/share`, 'Div', factor, countOf(table, name, dy));
  const along = binary(onnx, `${name}/along`, 'Mul', dScale, inverse);
  const q = binary(onnx, `${name}/q`, 'Mul', share, along);
  const centre = binary(onnx, `${name}/centre`, 'Mul', q, mean);
  const total = binary(onnx, `${name}/total`, 'Mul', share, dShift);
  const offset = binary(onnx, `${name}/offset`, 'Sub', centre, total);
  const first = affine(onnx, `${name}/of dy`, dy, factor, offset);
  const negative = onnx.emit('Neg', `${name}/negative q`, [q]);
  const second = affine(onnx, `${name}/of x`, columns(table, x), negative, zeros);
  return formOf(dy, binary(onnx, name, 'Add', first, second));
}

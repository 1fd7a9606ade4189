/** @file Matrix products, reductions, softmax. */
import type { LoweringTable } from '@slowfast/core';
import {
  inOrder,
  placeOf,
  product,
  runsFromBack,
  withLast,
  withoutAxes,
  type Laid,
  type Operand,
} from '../axes.js';
import { computed } from '../operand.js';
import type { GraphDef, TfAttribute } from './graph-def.js';
import { text } from './graph-def.js';

type Table = LoweringTable<GraphDef, Operand>;

/** A product of matrices, or one for each of all leading axes, as one axis. */
export const matmul: Table['matmul'] = ({ name, output }, operands, tf) => {
  const { shape } = output.type;
  const rank = shape.length;
  const [a, b] = operands.map((operand) => tf.arranged(name, operand.laid(), inOrder(rank)));
  if (rank === 2) {
    const ref = tf.add('MatMul', name, [a!.ref, b!.ref]);
    return computed(name, { ref, dims: shape, axes: inOrder(2) });
  }
  const stacked = (x: Laid): Laid =>
    tf.reshaped(name, x, [product(x.dims.slice(0, -2)), ...x.dims.slice(-2)]);
  const [left, right] = [stacked(a!), stacked(b!)];
  const ref = tf.add('BatchMatMulV2', name, [left.ref, right.ref]);
  const dims = [left.dims[0]!, ...shape.slice(-2)];
  return computed(name, tf.reshaped(name, { ref, dims, axes: inOrder(3) }, shape));
};

/** Rows of features times the transposed weight, and the bias. */
export const linear: Table['linear'] = ({ name, inputs }, [operand, weight, bias], tf) => {
  const [features, from] = inputs[1]!.type.shape as readonly [number, number];
  const source = operand!.laid();
  const x = tf.arranged(name, source, withLast(source.axes, source.axes.length - 1));
  const rows = tf.reshaped(name, x, [product(x.dims.slice(0, -1)), from]);
  const data = weight!.numbers();
  const transposed = new Float32Array(data.length);
  for (let o = 0; o < features; o++) {
    for (let i = 0; i < from; i++) transposed[i * features + o] = data[o * from + i]!;
  }
  const matrix = tf.constant(`${name}/weight`, [from, features], transposed);
  const fused: Record<string, TfAttribute> = {
    num_args: { i: '1' },
    fused_ops: { list: { s: [text('BiasAdd')] } },
  };
  const ref = bias
    ? tf.add(
        '_FusedMatMul',
        name,
        [rows.ref, matrix, tf.constant(`${name}/bias`, [features], bias.numbers())],
        fused,
      )
    : tf.add('MatMul', name, [rows.ref, matrix]);
  const result: Laid = { ...rows, ref, dims: rows.dims.with(1, features) };
  return computed(name, tf.reshaped(name, result, x.dims.with(-1, features), [...x.axes]));
};

const REDUCTIONS = { mean: 'Mean', max: 'Max', sum: 'Sum' } as const;

/** Reduces each run of neighbouring axes at once, as the middle one of three. */
export const reduce: Table['reduce'] = ({ name, attrs }, [operand], tf) => {
  const { fn, axes, keepDims } = attrs;
  let x = operand!.laid();
  const places = axes.map((axis) => placeOf(x, axis));
  const order = x.axes;
  const dims = x.dims.map((dim, place) => (places.includes(place) ? 1 : dim));
  for (const [start, end] of runsFromBack(places)) {
    const around = tf.aroundPlace(name, x, start, end - start);
    const ref = tf.add(REDUCTIONS[fn], name, [around.ref, tf.integers([1])], {
      keep_dims: { b: false },
    });
    const reduced = { ref, dims: [around.dims[0]!, around.dims[2]!], axes: inOrder(2) };
    x = tf.reshaped(name, reduced, [...x.dims.slice(0, start), ...x.dims.slice(end)]);
  }
  return keepDims
    ? computed(name, tf.reshaped(name, x, dims, [...order]))
    : computed(name, { ...x, axes: withoutAxes(order, axes) });
};

/** Softmax of rows. */
export const softmax: Table['softmax'] = ({ name, attrs }, [operand], tf) => {
  const source = operand!.laid();
  const x = tf.arranged(name, source, withLast(source.axes, attrs.axis));
  const rows = tf.reshaped(name, x, [product(x.dims.slice(0, -1)), x.dims.at(-1)!]);
  const ref = tf.add('Softmax', name, [rows.ref]);
  return computed(name, tf.reshaped(name, { ...rows, ref }, x.dims, [...x.axes]));
};

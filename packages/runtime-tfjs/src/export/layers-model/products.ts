/** @file Matrix products, reductions, softmax. */
import type { LoweringTable } from '@slowfast/core';
import { placeOf, product, withLast, withoutAxes, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import type { KerasModel } from './keras-model.js';

type Table = LoweringTable<KerasModel, Operand>;

/** Dot over the axes that are summed, wherever they lie. */
export const matmul: Table['matmul'] = ({ name, output }, operands, keras) => {
  const [a, b] = operands.map((operand) => operand.laid());
  const { shape } = output.type;
  if (shape.length !== 3 || a!.axes[0] !== 0 || b!.axes[0] !== 0) {
    keras.refuse('one matrix a clip', `[${a!.dims.join(', ')}]`);
  }
  const axes = [placeOf(a!, 2), placeOf(b!, 1)];
  const ref = keras.add('Dot', name, [a!.ref, b!.ref], { axes, normalize: false });
  return computed(name, { ref, dims: shape, axes: [0, 1, 2] });
};

/** Dense, of rows of features. */
export const linear: Table['linear'] = ({ name, inputs }, [operand, weight, bias], keras) => {
  const [features, from] = inputs[1]!.type.shape as readonly [number, number];
  const source = operand!.laid();
  const x = keras.arranged(name, source, withLast(source.axes, source.axes.length - 1));
  const [batch, ...rest] = x.dims;
  const rows =
    rest.length === 1 ? x : keras.reshaped(name, x, [batch!, product(rest.slice(0, -1)), from]);
  const data = weight!.numbers();
  const kernel = new Float32Array(data.length);
  for (let o = 0; o < features; o++) {
    for (let i = 0; i < from; i++) kernel[i * features + o] = data[o * from + i]!;
  }
  const ref = keras.add(
    'Dense',
    name,
    [rows.ref],
    { units: features, activation: 'linear', use_bias: bias !== undefined },
    [
      ['kernel', [from, features], kernel],
      ...(bias ? [['bias', [features], bias.numbers()] as const] : []),
    ],
  );
  const result: Laid = { ...rows, ref, dims: rows.dims.with(-1, features) };
  return computed(name, keras.reshaped(name, result, x.dims.with(-1, features), [...x.axes]));
};

/** Global pooling over the axes, put one after another and before the rest. */
export const reduce: Table['reduce'] = ({ name, attrs }, [operand], keras) => {
  const { fn, axes, keepDims } = attrs;
  const source = operand!.laid();
  if (axes.length === 0) return computed(name, source);
  if (axes.includes(0)) keras.refuse('axes after the first', `axes ${axes.join(', ')}`);
  const isGone = (axis: number): boolean => axes.includes(axis);
  const [first, ...rest] = source.axes;
  const order = [first!, ...rest.filter(isGone), ...rest.filter((axis) => !isGone(axis))];
  const x = keras.arranged(name, source, order);
  const [batch, ...dims] = x.dims;
  const count = product(dims.slice(0, axes.length));
  const rows = keras.reshaped(name, x, [batch!, count, product(dims.slice(axes.length))]);
  const layer = fn === 'max' ? 'GlobalMaxPooling1D' : 'GlobalAveragePooling1D';
  const pooled = keras.add(layer, name, [rows.ref]);
  const ref =
    fn === 'sum'
      ? keras.add('Rescaling', `${name}_sum`, [pooled], { scale: count, offset: 0 })
      : pooled;
  const flat: Laid = { ref, dims: [batch!, rows.dims[2]!], axes: [0, 1] };
  return keepDims
    ? computed(
        name,
        keras.reshaped(
          name,
          flat,
          [batch!, ...dims.map((dim, i) => (i < axes.length ? 1 : dim))],
          order,
        ),
      )
    : computed(
        name,
        keras.reshaped(name, flat, [batch!, ...dims.slice(axes.length)], withoutAxes(order, axes)),
      );
};

/** Softmax along the last axis. */
export const softmax: Table['softmax'] = ({ name, attrs }, [operand], keras) => {
  const source = operand!.laid();
  const x = keras.arranged(name, source, withLast(source.axes, attrs.axis));
  return computed(name, { ...x, ref: keras.add('Softmax', name, [x.ref], { axis: -1 }) });
};

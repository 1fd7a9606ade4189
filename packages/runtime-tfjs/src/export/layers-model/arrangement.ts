/** @file Operations that move elements. */
import type { LoweringTable } from '@slowfast/core';
import { inOrder, placeOf, product, transposedAxes, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import type { KerasModel } from './keras-model.js';

type Table = LoweringTable<KerasModel, Operand>;

/** Concatenate, of values that lie in the order of the first. */
export const concat: Table['concat'] = ({ name, attrs }, operands, keras) => {
  const [first, ...rest] = operands.map((operand) => operand.laid());
  const parts = [first!, ...rest.map((x) => keras.arranged(name, x, first!.axes))];
  return computed(name, joined(keras, name, parts, placeOf(first!, attrs.axis)));
};

function joined(keras: KerasModel, name: string, parts: readonly Laid[], place: number): Laid {
  const [first] = parts;
  if (parts.length === 1) return first!;
  if (place === 0) keras.refuse('an axis after the first', 'axis 0');
  const ref = keras.add(
    'Concatenate',
    name,
    parts.map((part) => part.ref),
    { axis: place },
  );
  const size = parts.reduce((sum, { dims }) => sum + (dims[place] as number), 0);
  return { ...first!, ref, dims: first!.dims.with(place, size) };
}

/** Positions `start`, `start + step`, ...: `count` of them. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Cropping of the middle one of three axes, then every step-th by a pooling of one element. */
function ranged(keras: KerasModel, name: string, x: Laid, place: number, range: Range): Laid {
  const { start, step, count } = range;
  const size = x.dims[place] as number;
  if (start === 0 && step === 1 && count === size) return x;
  if (place === 0) keras.refuse('an axis after the first', 'axis 0');
  const [batch, ...rest] = x.dims;
  const before = product(rest.slice(0, place - 1));
  const after = product(rest.slice(place));
  const around = keras.reshaped(name, x, [batch!, before, size, after]);
  const length = (count - 1) * step + 1;
  const cropping = [
    [0, 0],
    [start, size - start - length],
  ];
  const format = { data_format: 'channels_last' };
  const cropped =
    length === size
      ? around.ref
      : keras.add('Cropping2D', `${name}_crop`, [around.ref], { cropping, ...format });
  const ref =
    step === 1
      ? cropped
      : keras.add('MaxPooling2D', `${name}_step`, [cropped], {
          pool_size: [1, 1],
          strides: [1, step],
          padding: 'valid',
          ...format,
        });
  const frames: Laid = { ...around, ref, dims: [batch!, before, count, after] };
  return keras.reshaped(name, frames, x.dims.with(place, count), [...x.axes]);
}

/** Positions of a range. */
export const slice: Table['slice'] = ({ name, attrs }, [operand], keras) => {
  const { axis, start, stop, step } = attrs;
  const x = operand!.laid();
  const count = Math.ceil((stop - start) / step);
  return computed(name, ranged(keras, name, x, placeOf(x, axis), { start, step, count }));
};

/** Ranges that one after another give the indices. */
function rangesOf(indices: readonly number[]): Range[] {
  const ranges: { start: number; step: number; count: number }[] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last?.count === 1 && index > last.start) {
      last.step = index - last.start;
      last.count = 2;
    } else if (last && last.count > 1 && index === last.start + last.count * last.step) {
      last.count++;
    } else {
      ranges.push({ start: index, step: 1, count: 1 });
    }
  }
  return ranges;
}

/** Positions by index: ranges, joined. */
export const gather: Table['gather'] = ({ name, attrs }, [operand], keras) => {
  const x = operand!.laid();
  const place = placeOf(x, attrs.axis);
  const parts = rangesOf(attrs.indices).map((range) => ranged(keras, name, x, place, range));
  return computed(name, joined(keras, name, parts, place));
};

/** Reshape, in the graph's order, since that is the order it means. */
export const reshape: Table['reshape'] = ({ name, attrs, inputs }, [operand], keras) => {
  const x = keras.arranged(name, operand!.laid(), inOrder(inputs[0]!.type.shape.length));
  return computed(name, keras.reshaped(name, x, attrs.shape));
};

/** Nothing: only the order in which the axes lie is another. */
export const transpose: Table['transpose'] = ({ name, attrs }, [operand]) => {
  const x = operand!.laid();
  return computed(name, { ...x, axes: transposedAxes(x.axes, attrs.perm) });
};

/** @file Operations that move elements, at three axes where they can be. */
import type { LoweringTable } from '@slowfast/core';
import { inOrder, placeOf, transposedAxes, type Laid, type Operand } from '../axes.js';
import type { GraphDef } from './graph-def.js';
import { computed } from '../operand.js';

type Table = LoweringTable<GraphDef, Operand>;

/** Positions along a place: `count` of them from `start`, every `step`-th. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The positions of a range along a place. */
function ranged(tf: GraphDef, name: string, x: Laid, place: number, range: Range): Laid {
  const { start, step, count } = range;
  if (start === 0 && step === 1 && count === x.dims[place]) return x;
  const around = tf.aroundPlace(name, x, place);
  const begin = tf.integers([0, start, 0]);
  // Bits 0 and 2: all that is before and after the place.
  const masks = { begin_mask: { i: '5' }, end_mask: { i: '5' } };
  const end = start + (count - 1) * step + 1;
  const ref =
    step === 1
      ? tf.add('Slice', `${name}/Slice`, [around.ref, begin, tf.integers([-1, count, -1])])
      : tf.add(
          'StridedSlice',
          `${name}/StridedSlice`,
          [around.ref, begin, tf.integers([0, end, 0]), tf.integers([1, step, 1])],
          masks,
        );
  const frames: Laid = { ...around, ref, dims: around.dims.with(1, count) };
  return tf.reshaped(name, frames, x.dims.with(place, count), [...x.axes]);
}

/** Frames of a value [N, T, H, W, C], after black ones are put before and after. */
export function framesOf(
  tf: GraphDef,
  name: string,
  x: Laid,
  { padding, ...range }: Range & { readonly padding: number },
): Laid {
  if (padding === 0) return ranged(tf, name, x, 1, range);
  const around = tf.aroundPlace(name, x, 1);
  const pairs = tf.pairs([
    [0, 0],
    [padding, padding],
    [0, 0],
  ]);
  const ref = tf.add('Pad', `${name}/Pad`, [around.ref, pairs]);
  const frames = (x.dims[1] as number) + 2 * padding;
  const padded: Laid = { ...around, ref, dims: around.dims.with(1, frames) };
  return ranged(tf, name, tf.reshaped(name, padded, x.dims.with(1, frames), [...x.axes]), 1, range);
}

/** Joins values that lie in the order of the first. */
export const concat: Table['concat'] = ({ name, attrs, output }, operands, tf) => {
  const [first, ...rest] = operands.map((operand) => operand.laid());
  const { axes } = first!;
  if (rest.length === 0) return computed(name, first!);
  const parts = [first!, ...rest.map((x) => tf.arranged(name, x, axes))];
  const inputs = [...parts.map(({ ref }) => ref), tf.integer(placeOf(first!, attrs.axis))];
  const ref = tf.add('ConcatV2', name, inputs, { N: { i: String(parts.length) } });
  return computed(name, { ref, axes, dims: axes.map((axis) => output.type.shape[axis]!) });
};

/** Positions of a range. */
export const slice: Table['slice'] = ({ name, attrs }, [operand], tf) => {
  const { axis, start, stop, step } = attrs;
  const x = operand!.laid();
  const count = Math.ceil((stop - start) / step);
  return computed(name, ranged(tf, name, x, placeOf(x, axis), { start, step, count }));
};

/** Positions by index. */
export const gather: Table['gather'] = ({ name, attrs }, [operand], tf) => {
  const x = operand!.laid();
  const place = placeOf(x, attrs.axis);
  const around = tf.aroundPlace(name, x, place);
  const indices = tf.integers(attrs.indices);
  const ref = tf.add('GatherV2', `${name}/GatherV2`, [around.ref, indices, tf.integer(1)]);
  const count = attrs.indices.length;
  const frames: Laid = { ...around, ref, dims: around.dims.with(1, count) };
  return computed(name, tf.reshaped(name, frames, x.dims.with(place, count), [...x.axes]));
};

/** Another shape: in the graph's order, since that is the order it means. */
export const reshape: Table['reshape'] = ({ name, attrs, inputs }, [operand], tf) => {
  const x = tf.arranged(name, operand!.laid(), inOrder(inputs[0]!.type.shape.length));
  return computed(name, tf.reshaped(name, x, attrs.shape));
};

/** Nothing: only the order in which the axes lie is another. */
export const transpose: Table['transpose'] = ({ name, attrs }, [operand]) => {
  const x = operand!.laid();
  return computed(name, { ...x, axes: transposedAxes(x.axes, attrs.perm) });
};

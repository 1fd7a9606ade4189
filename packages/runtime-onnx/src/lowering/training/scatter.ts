/** @file Rows added to zeros: zeros in front and behind where they are a run, else a choice of rows for each place. */
import { SpecError, type NodeOf, type Value } from '@slowfast/core';
import type { Form, FormTable } from '../frames/forms.js';
import { chosenFrames, hasPlanes } from './planes.js';

/** For each place, and each of the rows that are added there, the row or -1. */
function layersOf(indices: readonly number[], size: number): readonly (readonly number[])[] {
  const rows = Array.from({ length: size }, (_, place) =>
    indices.flatMap((index, row) => (index === place ? [row] : [])),
  );
  const most = Math.max(...rows.map(({ length }) => length));
  return Array.from({ length: most }, (_, layer) => rows.map((all) => all[layer] ?? -1));
}

/** The sum of its layers, each of which puts a row at most at each place. */
export function scatter(node: NodeOf<'scatter'>, table: FormTable): Form {
  const { name, inputs, attrs } = node;
  const { axis, indices, size } = attrs;
  if (typeof size !== 'number') {
    throw new SpecError({ site: name, expected: 'a known size', received: size });
  }
  const [dy] = inputs as [Value];
  const { onnx } = table;
  const layers = layersOf(indices, size);
  const isPlanes = axis === 2 && hasPlanes(dy) && hasPlanes(node.output);
  const isChannels = axis === 1 && table.isPlanes(dy);
  const total = (parts: readonly string[]): string =>
    parts.reduce((sum, part, i) => onnx.emit('Add', `${name}/sum${i}`, [sum, part]));
  if (isPlanes) {
    const parts = layers.map((map, i) => {
      const chosen = chosenFrames({ name: `${name}/layer${i}`, inputs }, table, map);
      return 'planes' in chosen ? chosen.planes : chosen.whole;
    });
    return { planes: total(parts) };
  }
  const from = isChannels ? table.planes(dy) : table.whole(dy);
  const rank = isChannels ? 4 : dy.type.shape.length;
  const padded = (value: string, part: string, before: number, after: number): string => {
    if (before === 0 && after === 0) return value;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = before;
    pads[rank + axis] = after;
    return onnx.emit('Pad', `${name}/${part}`, [value, onnx.integers(pads)]);
  };
  const count = indices.length;
  const isRun = indices.every((index, i) => index === indices[0]! + i);
  if (isRun) {
    const result = padded(from, 'padded', indices[0]!, size - indices[0]! - count);
    return isChannels ? { planes: result } : { whole: result };
  }
  const withZeros = padded(from, 'zeros', 0, 1);
  const parts = layers.map((map, i) => {
    const rows = onnx.integers(map.map((row) => (row < 0 ? count : row)));
    return onnx.emit('Gather', `${name}/layer${i}`, [withZeros, rows], { axis: { int: axis } });
  });
  return isChannels ? { planes: total(parts) } : { whole: total(parts) };
}

import { GraphBuilder } from '../ir/builder.js';
import type { Dim, Triple, Value } from '../ir/types.js';
import { fieldsOf, type Extent } from './field.js';

const clip = (g: GraphBuilder, shape: readonly Dim[], name = 'x'): Value =>
  g.input(name, { dtype: 'float32', shape });
const extent = (t: number, h: number, w: number): Extent => ({ t, h, w });
const field = (stride: Extent | null, receptiveField: Extent) => ({ stride, receptiveField });

function fieldsIn(g: GraphBuilder, y: Value, spacing: Record<string, Extent>) {
  const fields = fieldsOf(g.build({ y }), spacing);
  return fields.get(y.name)!;
}

/** Bottleneck blocks of a ResNet, with the stride in the 3x3 of the first block. */
function stage(
  parent: GraphBuilder,
  x: Value,
  [name, blocks, stride, temporal]: readonly [string, number, number, number],
): Value {
  let out = x;
  for (let block = 0; block < blocks; block++) {
    const g = parent.scope(`${name}.block${block}`);
    const conv = (layer: string, from: Value, kernel: Triple, s = 1): Value =>
      g.relu(g.conv3d(from, { channels: 4, kernel, stride: [1, s, s], name: layer }));
    const s = block === 0 ? stride : 1;
    const deep = conv('c', conv('b', conv('a', out, [temporal, 1, 1]), [1, 3, 3], s), [1, 1, 1]);
    out = g.add(block === 0 ? conv('shortcut', out, [1, 1, 1], s) : out, deep);
  }
  return out;
}

function resNet50(g: GraphBuilder, frames: number, temporal: readonly number[]): Value[] {
  const x = clip(g, ['N', 3, frames, 224, 224]);
  const [stem, ...kernels] = temporal as [number, number, number, number, number];
  const conv = g.conv3d(x, { channels: 4, kernel: [stem, 7, 7], stride: [1, 2, 2] });
  const values = [g.maxPool3d(conv, [1, 3, 3], [1, 2, 2], [0, 1, 1])];
  (
    [
      [3, 1],
      [4, 2],
      [6, 2],
      [3, 2],
    ] as const
  ).forEach(([blocks, stride], i) => {
    values.push(stage(g, values.at(-1)!, [`res${i + 2}`, blocks, stride, kernels[i]!]));
  });
  return values;
}

// By hand: 7, then 3 at stride 2 = 11; each 3x3 adds twice the stride it reads at.
const SPATIAL = [
  [4, 11],
  [4, 11 + 3 * 8],
  [8, 35 + 8 + 3 * 16],
  [16, 91 + 16 + 5 * 32],
  [32, 267 + 32 + 2 * 64],
] as const;

test('ResNet-50, Slow pathway: temporal kernels in res4 and res5, every 16th frame', () => {
  const g = GraphBuilder.empty('test');
  const values = resNet50(g, 4, [1, 1, 1, 3, 3]);
  const fields = fieldsOf(g.build({ y: values.at(-1)! }), { x: extent(16, 1, 1) });
  // Six temporal kernels of 3 in res4, three in res5, 16 raw frames apart.
  const temporal = [1, 1, 1, 1 + 6 * 32, 193 + 3 * 32];
  values.forEach((value, i) => {
    const [stride, reach] = SPATIAL[i]!;
    expect(fields.get(value.name)).toEqual(
      field(extent(16, stride, stride), extent(temporal[i]!, reach, reach)),
    );
  });
});

test('ResNet-50, Fast pathway: temporal kernels everywhere, every second frame', () => {
  const g = GraphBuilder.empty('test');
  const values = resNet50(g, 32, [5, 3, 3, 3, 3]);
  const fields = fieldsOf(g.build({ y: values.at(-1)! }), { x: extent(2, 1, 1) });
  const temporal = [9, 9 + 3 * 4, 21 + 4 * 4, 37 + 6 * 4, 61 + 3 * 4];
  expect(values.map(({ name }) => fields.get(name)!.receptiveField.t)).toEqual(temporal);
  expect(values.map(({ name }) => fields.get(name)!.stride!.t)).toEqual([2, 2, 2, 2, 2]);
});

test('dilation widens, and keeps the stride', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 3, 4, 9, 9]);
  const options = { channels: 4, kernel: [3, 3, 3], dilation: [1, 2, 3] } as const;
  expect(fieldsIn(g, g.conv3d(x, options), { x: extent(1, 1, 1) })).toEqual(
    field(extent(1, 1, 1), extent(3, 5, 7)),
  );
});

test('a lateral connection brings the wider field along, at the stride of the first', () => {
  const g = GraphBuilder.empty('test');
  const slow = clip(g, ['N', 4, 4, 8, 8], 'slow');
  const fast = clip(g, ['N', 4, 32, 8, 8], 'fast');
  const wide = g.conv3d(fast, { channels: 4, kernel: [3, 3, 3] });
  const lateral = g
    .scope('lateral')
    .conv3d(wide, { channels: 8, kernel: [5, 1, 1], stride: [8, 1, 1] });
  const fused = g.concat([slow, lateral]);
  expect(fieldsIn(g, fused, { slow: extent(16, 1, 1), fast: extent(2, 1, 1) })).toEqual(
    field(extent(16, 1, 1), extent(5 + 8, 3, 3)),
  );
});

test('time-strided sampling multiplies the stride; unequal distances leave it unknown', () => {
  const shape = ['N', 4, 32, 8, 8];
  const spacing = { x: extent(2, 1, 1) };
  const along = (build: (g: GraphBuilder, x: Value) => Value) => {
    const g = GraphBuilder.empty('test');
    return fieldsIn(g, build(g, clip(g, shape)), spacing);
  };
  const one = extent(1, 1, 1);
  const slice = { axis: 2, start: 0, stop: 32, step: 8 };
  expect(along((g, x) => g.emit('slice', [x], slice))).toEqual(field(extent(16, 1, 1), one));
  const gather = (indices: readonly number[], axis = 2) =>
    along((g, x) => g.emit('gather', [x], { axis, indices }));
  expect(gather([3, 7, 11])).toEqual(field(extent(8, 1, 1), one));
  expect(gather([0, 10, 20, 31])).toEqual(field(null, one));
  expect(gather([3, 2, 1])).toEqual(field(null, one));
  expect(gather([5])).toEqual(field(extent(2, 1, 1), one));
  expect(gather([0, 3], 1)).toEqual(field(extent(2, 1, 1), one));
});

test('an unknown stride becomes known where a known one joins', () => {
  const g = GraphBuilder.empty('test');
  const slow = clip(g, ['N', 4, 4, 8, 8], 'slow');
  const fast = clip(g, ['N', 4, 32, 8, 8], 'fast');
  const sampled = g.emit('gather', [fast], { axis: 2, indices: [0, 10, 20, 31] });
  const spacing = { slow: extent(16, 1, 1), fast: extent(2, 1, 1) };
  expect(fieldsIn(g, g.concat([sampled, slow]), spacing).stride).toEqual(extent(16, 1, 1));
});

test('a window over an axis of unknown stride sees an unknown length', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 32, 8, 8]);
  const sampled = g.emit('gather', [x], { axis: 2, indices: [0, 10, 20, 31] });
  const y = g.conv3d(sampled, { channels: 4, kernel: [3, 1, 1] });
  expect(fieldsIn(g, y, { x: extent(2, 1, 1) }).receptiveField.t).toBe(Infinity);
});

test('time-to-channel: groups of 8 frames share a position', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 32, 8, 8]);
  const grouped = g.reshape(x, ['N', 4, 4, 8, 8, 8]);
  const packed = g.reshape(g.transpose(grouped, [0, 3, 1, 2, 4, 5]), ['N', 32, 4, 8, 8]);
  expect(fieldsIn(g, packed, { x: extent(2, 1, 1) })).toEqual(
    field(extent(16, 1, 1), extent(1 + 7 * 2, 1, 1)),
  );
});

test('what merges axes loses the strides, and what follows sees no more than before', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 2, 8, 8]);
  const flat = g.reshape(x, ['N', 4, 128]);
  const again = g.reshape(flat, ['N', 4, 2, 8, 8]);
  expect(fieldsIn(g, again, { x: extent(2, 1, 1) })).toEqual(field(null, extent(1, 1, 1)));
});

test('a non-local block sees everything, at the stride of its shortcut', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 2, 4, 4]);
  const flat = g.reshape(x, ['N', 4, 32]);
  const affinity = g.softmax(g.matmul(g.transpose(flat, [0, 2, 1]), flat), 2);
  const mixed = g.reshape(g.matmul(flat, affinity), ['N', 4, 2, 4, 4]);
  const everything = extent(Infinity, Infinity, Infinity);
  const spacing = { x: extent(8, 1, 1) };
  expect(fieldsIn(g, mixed, spacing)).toEqual(field(null, everything));
  expect(fieldsIn(g, g.add(x, mixed), spacing)).toEqual(field(extent(8, 1, 1), everything));
});

test('global pooling sees everything; inputs without a spacing have no stride', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 2, 4, 4]);
  expect(fieldsIn(g, g.mean(x, [2, 3, 4]), { x: extent(1, 1, 1) })).toEqual(
    field(null, extent(Infinity, Infinity, Infinity)),
  );
  expect(fieldsIn(g, x, {})).toEqual(field(null, extent(1, 1, 1)));
});

test('channels last and back keeps everything', () => {
  const g = GraphBuilder.empty('test');
  const x = clip(g, ['N', 4, 2, 4, 6]);
  const last = g.transpose(x, [0, 2, 3, 4, 1]);
  const y = g.linear(last, 7);
  const spacing = { x: extent(2, 3, 4) };
  expect(fieldsIn(g, y, spacing).stride).toBeNull();
  expect(fieldsIn(g, g.transpose(y, [0, 4, 1, 2, 3]), spacing)).toEqual(
    field(extent(2, 3, 4), extent(1, 1, 1)),
  );
});

import { GraphBuilder, prepareForInference, type Graph } from '@slowfast/core';
import { quantizedParts } from './quantized-parts.js';

/** A stem, a block whose shortcut is another convolution, a pooling, a branch with silu, a head. */
function network(): Graph {
  const g = GraphBuilder.empty('parts');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 3, 2, 8, 8] });
  const conv = (name: string, x: Parameters<typeof g.relu>[0], channels: number, groups = 1) =>
    g.conv3d(x, { channels, kernel: [1, 1, 1], groups, name });
  const stem = g.relu(conv('stem', clip, 16));
  const a = g.scope('a').relu(conv('a', stem, 16));
  const sum = g.scope('sum').relu(g.add(conv('shortcut', stem, 16), conv('b', a, 16)));
  const pooled = g.maxPool3d(sum, [1, 2, 2], [1, 2, 2]);
  const thin = conv('thin', pooled, 8);
  const grouped = conv('grouped', pooled, 16, 16);
  const silu = g.activation(conv('silu', pooled, 16), 'silu');
  const last = g.concat([pooled, thin, grouped, silu]);
  return prepareForInference(g.build({ y: g.linear(g.mean(last, [2, 3, 4]), 4) }));
}

test('wide convolutions with relu or nothing, and what is made of their results', () => {
  const { layers, ranges } = quantizedParts(network());
  expect([...layers]).toEqual(['a.relu', 'shortcut', 'b']);
  expect(Object.fromEntries(ranges)).toMatchObject({
    'sum.relu': 'sum.relu',
    // The largest of codes is one of them.
    max_pool3d: 'sum.relu',
    // All that is joined, since a part of it is codes.
    concat: 'concat',
    thin: 'thin',
  });
  for (const value of ['clip', 'linear', 'reduce']) expect(ranges.has(value)).toBe(false);
});

test('layers that are to stay float', () => {
  const { layers, ranges } = quantizedParts(network(), ['a.relu', 'shortcut', 'b']);
  expect([layers.size, ranges.size]).toEqual([0, 0]);
  expect(() => quantizedParts(network(), ['linear'])).toThrow(
    "keepFloat: expected names of convolutions, as planLowering(graph) gives them, received 'linear'.",
  );
});

import { GraphBuilder } from '../ir/builder.js';
import type { Dim, Triple } from '../ir/types.js';
import { conformanceCases } from '../testing/conformance.js';
import { interpret } from '../testing/interpreter.js';
import { elementsOf, shapeText } from './definition.js';
import { fieldOf, macsOf, traitsOf } from './table.js';
import { windowSize } from './window.js';

/** Counts the places where a window fits, by trying each. */
function placesByTrying(
  size: number,
  kernel: number,
  stride: number,
  pad: number,
  dilation: number,
) {
  let places = 0;
  for (let at = -pad; at + dilation * (kernel - 1) < size + pad; at += stride) places++;
  return places;
}

test('window sizes are what trying each place gives', () => {
  let compared = 0;
  for (let size = 1; size <= 12; size++) {
    for (let kernel = 1; kernel <= 5; kernel++) {
      for (let stride = 1; stride <= 4; stride++) {
        for (let pad = 0; pad <= 3; pad++) {
          for (let dilation = 1; dilation <= 3; dilation++) {
            const places = placesByTrying(size, kernel, stride, pad, dilation);
            if (places === 0) continue;
            expect(windowSize(size, kernel, stride, pad, dilation)).toBe(places);
            compared++;
          }
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(2000);
});

test('inferred shapes are what the interpreter computes', async () => {
  for (const { name, graph, weights, feeds } of conformanceCases()) {
    const sizes = new Map(
      Object.entries(graph.inputs).flatMap(([input, { type }]) =>
        type.shape.map((dim, axis) => [dim, feeds[input]!.shape[axis]!] as const),
      ),
    );
    const results = await interpret(graph, weights, feeds);
    for (const [output, { type }] of Object.entries(graph.outputs)) {
      const expected = type.shape.map((dim) => (typeof dim === 'string' ? sizes.get(dim) : dim));
      expect({ name, shape: results[output]!.shape }).toEqual({ name, shape: expected });
    }
  }
});

describe('symbolic sizes', () => {
  const pooled = (height: Dim, kernel: Triple, stride: Triple, padding: Triple) => {
    const g = GraphBuilder.empty('test');
    const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 4, height, height] });
    return g.maxPool3d(x, kernel, stride, padding).type.shape;
  };

  test('a window that keeps sizes keeps symbols, others make new ones', () => {
    expect(pooled('H', [1, 3, 3], [1, 1, 1], [0, 1, 1])).toEqual(['N', 3, 4, 'H', 'H']);
    const strided = pooled('H', [1, 3, 3], [1, 2, 2], [0, 1, 1]);
    expect(strided[3]).toBe('floor((H-1)/2)+1');
    expect(pooled('H', [1, 1, 1], [1, 2, 2], [0, 0, 0])[3]).toBe(strided[3]);
    expect(strided[3]).toBe(strided[4]);
    expect(strided[3]).not.toBe(pooled('W', [1, 3, 3], [1, 2, 2], [0, 1, 1])[3]);
  });

  test('count as one element', () => {
    expect(elementsOf(['N', 3, 4])).toBe(12);
    expect(elementsOf([])).toBe(1);
    expect(shapeText(['N', 3])).toBe('[N, 3]');
  });
});

test('multiply-adds are the products that the definition has', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 6, 4, 5, 7] });
  const options = { channels: 8, kernel: [3, 1, 5], stride: [2, 1, 3], groups: 2 } as const;
  const conv = g.conv3d(x, options);
  const linear = g.linear(g.transpose(conv, [0, 2, 3, 4, 1]), 9);
  const flat = g.reshape(linear, ['N', 30, 9]);
  const y = g.matmul(flat, g.transpose(flat, [0, 2, 1]));
  const { nodes } = g.build({ y });
  const macs = new Map(nodes.map((node) => [node.name, macsOf(node)]));
  expect(conv.type.shape).toEqual(['N', 8, 2, 5, 3]);
  // Every output element takes one product for each weight of its filter.
  expect(macs.get('conv')).toBe(8 * 2 * 5 * 3 * (3 * 3 * 1 * 5));
  expect(macs.get('linear')).toBe(2 * 5 * 3 * 9 * 8);
  expect(macs.get('matmul')).toBe(30 * 30 * 9);
  expect(macs.get('transpose')).toBe(0);
});

test('windows and traits by node', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 6, 4, 5, 7] });
  const conv = g.conv3d(x, { channels: 2, kernel: [1, 3, 3], dilation: [1, 2, 2] });
  const { nodes } = g.build({ y: g.dropout(g.avgPool3d(conv, [1, 2, 2], [1, 2, 2]), 0.5) });
  expect(nodes.map(fieldOf)).toEqual([
    { kernel: [1, 3, 3], stride: [1, 1, 1], dilation: [1, 2, 2] },
    { kernel: [1, 2, 2], stride: [1, 2, 2], dilation: [1, 1, 1] },
    undefined,
  ]);
  expect(nodes.map(traitsOf)).toEqual([
    { linear: true, fusesActivation: true },
    {},
    { elementwise: true, identityAtInference: true },
  ]);
});

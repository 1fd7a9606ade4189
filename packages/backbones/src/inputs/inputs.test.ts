import { GraphBuilder, type Backbone } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { frameDifference, grey, halfResolution, withInput, type PathwayInput } from '../index.js';

const [FRAMES, SIDE] = [3, 4];
const CLIP = formulaClip([1, 3, FRAMES, SIDE, SIDE]);
const at = (c: number, t: number, y: number, x: number): number =>
  CLIP.data[((c * FRAMES + t) * SIDE + y) * SIDE + x]!;

async function run(input: PathwayInput): Promise<{ shape: readonly number[]; data: number[] }> {
  const backbone = {
    stages: [{ name: 'stem', build: (_, x) => x }],
  } as const satisfies Backbone;
  const g = GraphBuilder.empty('test');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 3, FRAMES, SIDE, SIDE] });
  const seen = withInput(input, backbone).stages[0].build(g.scope('fast.stem'), clip);
  const graph = g.build<'clip', 'seen'>({ seen });
  expect(graph.params.size).toBe(0);
  const { seen: out } = await interpret(graph, formulaStore([]), { clip: CLIP });
  return { shape: out.shape, data: [...out.data].map(Number) };
}

const frames = (value: (t: number, y: number, x: number) => number): number[] =>
  Array.from({ length: FRAMES * SIDE * SIDE }, (_, i) =>
    value(Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE),
  );

const luma = (t: number, y: number, x: number): number =>
  0.299 * at(0, t, y, x) + 0.587 * at(1, t, y, x) + 0.114 * at(2, t, y, x);

function expectNear(data: readonly number[], expected: readonly number[]): void {
  expect(data).toHaveLength(expected.length);
  expect(Math.max(...data.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
}

test('grey is the luma of each pixel', async () => {
  const { shape, data } = await run(grey());
  expect(shape).toEqual([1, 1, FRAMES, SIDE, SIDE]);
  expectNear(data, frames(luma));
});

test('grey of a clip in the order of OpenCV', async () => {
  const { data } = await run(grey({ channelOrder: 'bgr' }));
  const value = (t: number, y: number, x: number): number =>
    0.299 * at(2, t, y, x) + 0.587 * at(1, t, y, x) + 0.114 * at(0, t, y, x);
  expectNear(data, frames(value));
});

test('differences are those to the frame before, and zero first', async () => {
  const { shape, data } = await run(frameDifference());
  expect(shape).toEqual([1, 1, FRAMES, SIDE, SIDE]);
  expectNear(
    data,
    frames((t, y, x) => luma(t, y, x) - luma(Math.max(0, t - 1), y, x)),
  );
});

test('half resolution is the mean of four pixels', async () => {
  const { shape, data } = await run(halfResolution());
  expect(shape).toEqual([1, 3, FRAMES, SIDE / 2, SIDE / 2]);
  const [first] = data;
  expect(first).toBeCloseTo(
    (at(0, 0, 0, 0) + at(0, 0, 0, 1) + at(0, 0, 1, 0) + at(0, 0, 1, 1)) / 4,
  );
});

test('a clip of other than three colours has no grey', () => {
  const g = GraphBuilder.empty('test');
  const flow = g.input('flow', { dtype: 'float32', shape: ['N', 2, 4, 8, 8] });
  expect(() => grey().transform(g, flow)).toThrow(
    'test: expected a clip of three colours, received 2.',
  );
});

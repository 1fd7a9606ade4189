import { GraphBuilder, float32Tensor, prepareForInference, type Value } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { calibrate } from './calibrate.js';
import { checkCalibration, type Calibration } from './calibration.js';
import { quantizedParts } from './quantized-parts.js';

const g = GraphBuilder.empty('small');
const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 2, 5, 5] });
const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
const a = g.relu(g.conv3d(x, { channels: 16, kernel: [3, 1, 1], name: 'a' }));
const sum = g.add(x, g.batchNorm(g.conv3d(a, { channels: 16, kernel: [1, 3, 3], name: 'b' })));
const roi = { size: [1, 1], spatialScale: 1, samplingRatio: 0, aligned: true } as const;
const graph = g.build({ y: g.emit('roi_align', [g.mean(sum, [2]), boxes], roi) });
const model = { name: 'small', graph };
const weights = formulaStore(
  [...graph.params].map(([name, { type }]) => [name, type.shape as number[]]),
);
const session = { backend: 'node', threads: 1 } as const;
const clips = [1, 2, 3].map((n) => ({
  x: formulaClip([n === 2 ? 2 : 1, 16, 2, 5, 5], `clip ${n}`),
  // No part of what is looked at.
  boxes: float32Tensor([0, 5], new Float32Array()),
}));

/** Smallest and largest element of each value and clip, by the interpreter. */
async function extremes(): Promise<ReadonlyMap<string, readonly (readonly number[])[]>> {
  const prepared = prepareForInference(graph);
  const names = [...new Set(quantizedParts(prepared).ranges.values())];
  const values = new Map<string, Value>([
    ...Object.values(prepared.inputs).map((value) => [value.name, value] as const),
    ...prepared.nodes.map(({ output }) => [output.name, output] as const),
  ]);
  const outputs = Object.fromEntries(names.map((name) => [name, values.get(name)!]));
  const found = new Map(names.map((name) => [name, [] as number[][]]));
  for (const clip of clips) {
    const results = await interpret({ ...prepared, outputs }, weights, clip);
    for (const name of names) {
      const { shape, data } = results[name]!;
      const length = data.length / shape[0]!;
      for (let n = 0; n < shape[0]!; n++) {
        const of = Array.from(data.slice(n * length, (n + 1) * length), Number);
        found.get(name)!.push([Math.min(0, ...of), Math.max(...of)]);
      }
    }
  }
  return found;
}

test.each(['mean', 'max'] as const)('%s: the ranges are those of the values', async (combine) => {
  const counts: number[] = [];
  const found = await calibrate(model, weights, clips, {
    ...session,
    combine,
    onProgress: (clip) => counts.push(clip),
  });
  expect(found).toMatchObject({ model: 'small', clips: 4, combine });
  expect(counts).toEqual([1, 3, 4]);
  const expected = await extremes();
  expect(Object.keys(found.ranges)).toEqual([...expected.keys()]);
  for (const [name, ends] of expected) {
    const [lows, highs] = [0, 1].map((end) => ends.map((range) => range[end]!)) as [
      number[],
      number[],
    ];
    const mean = (all: number[]): number => all.reduce((s, v) => s + v) / all.length;
    const [low, high] =
      combine === 'max' ? [Math.min(...lows), Math.max(...highs)] : [mean(lows), mean(highs)];
    expect(found.ranges[name]![0]).toBeCloseTo(low, 4);
    expect(found.ranges[name]![1]).toBeCloseTo(high, 4);
  }
  expect(checkCalibration(JSON.parse(JSON.stringify(found)))).toEqual(found);
});

test('no clips', async () => {
  await expect(calibrate(model, weights, [], session)).rejects.toThrow(
    'small: expected clips to calibrate with, received none.',
  );
});

test('activations that are not finite', async () => {
  const broken = formulaClip([1, 16, 2, 5, 5], 'x');
  broken.data[7] = Infinity;
  const clip = { ...clips[0]!, x: broken };
  await expect(calibrate(model, weights, [clip], session)).rejects.toMatchObject({
    name: 'RuntimeError',
    message: expect.stringMatching(/^small: expected finite activations, received max of x: Inf/),
  });
});

test('an aborted signal ends it', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const work = calibrate(model, weights, clips, {
    ...session,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(work).rejects.toBe(reason);
});

const valid: Calibration = { model: 'm', clips: 1, combine: 'mean', ranges: { x: [0, 1] } };

test.each([
  [null, 'calibration: expected keys with values, received null.'],
  [{ ...valid, combine: 'median' }, 'calibration: combine: expected one of mean, max'],
  [{ ...valid, clips: '1' }, 'calibration: clips: expected a whole number from 1 to 10000'],
  [
    { ...valid, ranges: { x: [1, 0] } },
    'calibration: ranges.x: expected two numbers, the smaller first, received [1,0]. Calibrate again.',
  ],
  [{ ...valid, ranges: { x: [0, null] } }, 'calibration: ranges.x[1]: expected a number'],
])('%j is no calibration', (value, message) => {
  expect(() => checkCalibration(value)).toThrow(message);
});

/** @file A package downstream: what it imports, and that it composes, trains, exports and runs. */
import { readFile, readdir } from 'node:fs/promises';
import { float32Tensor, type HostTensor } from '@slowfast/core';
import { loadOnnx, onnxBytes } from '@slowfast/runtime-onnx';
import { interpret } from '@slowfast/core/testing';
import { madeUpExample, peopleIn, personDetector, trained } from './person-detector.js';

const at = (path: string): URL => new URL(path, import.meta.url);
const SIZE = [32, 48] as const;

it('imports published entry points of its dependencies only', async () => {
  const { dependencies } = JSON.parse(await readFile(at('../package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const files = (await readdir(at('.'))).filter((name) => !name.includes('.test'));
  expect(files).toHaveLength(2);
  for (const file of files) {
    const text = await readFile(at(file), 'utf8');
    for (const [, name] of text.matchAll(/from '([^']+)'/g)) {
      if (name!.startsWith('./')) expect(files).toContain(name!.slice(2).replace('.js', '.ts'));
      else expect(Object.keys(dependencies)).toContain(name);
    }
  }
});

it('has taps, features and outputs under names that the compiler knows', () => {
  const model = personDetector(SIZE, 8);
  expect(Object.keys(model.graph.outputs)).toEqual(['centres', 'sides']);
  expect(model.graph.outputs.sides.type.shape).toEqual(['N', 4, 1, 2, 3]);
  expect(model.featureInfo('slow.res5')).toMatchObject({
    channels: 64,
    stride: { t: 8, h: 16, w: 16 },
  });
  // @ts-expect-error -- there is no output of this name
  expect(model.graph.outputs.scores).toBeUndefined();
});

it('trains two steps, exports, and finds with ONNX Runtime what it found in training', async () => {
  const model = personDetector(SIZE, 8);
  const example = madeUpExample(SIZE);
  const { weights, losses } = await trained(model, example, { steps: 2 });
  expect(losses).toHaveLength(2);
  expect(losses[1]).toBeLessThan(losses[0]!);

  const file = await onnxBytes(model, weights, { size: 'dynamic' });
  await using detector = await loadOnnx(file, { threads: 1 });
  const found = await detector.run(example.clips);
  const expected: Record<string, HostTensor> = await interpret(model.graph, weights, example.clips);
  for (const name of ['centres', 'sides']) {
    expect(found[name]!.shape).toEqual(expected[name]!.shape);
    found[name]!.data.forEach((value, i) =>
      expect(Number(value)).toBeCloseTo(Number(expected[name]!.data[i]), 4),
    );
  }
  // Frames of another size, in the same session.
  const larger = await detector.run(madeUpExample([64, 64]).clips);
  expect(larger['centres']!.shape).toEqual([1, 1, 1, 4, 4]);
});

it('learns: after some more steps the box is where the person is', async () => {
  const model = personDetector(SIZE, 8);
  const example = madeUpExample(SIZE);
  const { weights, losses } = await trained(model, example, { steps: 20 });
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
  await using detector = await loadOnnx(await onnxBytes(model, weights), { threads: 1 });
  const outputs = (await detector.run(example.clips)) as Record<'centres' | 'sides', HostTensor>;
  const [people] = peopleIn(outputs, 0);
  const [wanted] = example.people[0]!;
  people![0]!.box.forEach((side, i) => expect(Math.abs(side - wanted![i]!)).toBeLessThan(0.15));
});

it('reads people off the maps: highest of their neighbours, above a threshold', () => {
  const centres = float32Tensor([1, 1, 1, 2, 4], Float32Array.of(2, 1, -9, 3, 0, -9, -9, -1));
  const sides = float32Tensor([1, 4, 1, 2, 4], new Float32Array(32).fill(0.125));
  const [people] = peopleIn({ centres, sides });
  expect(people!.map(({ box }) => box)).toEqual([
    [0.75, 0.125, 1, 0.375],
    [0, 0.125, 0.25, 0.375],
  ]);
  expect(people![0]!.score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
});

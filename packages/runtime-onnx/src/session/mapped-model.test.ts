import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder, memoryStore, type HostTensor } from '@slowfast/core';
import { onnxRuntime } from '../index.js';
import { MAPPED_FROM } from './mapped-model.js';
import type { ModelCache } from './model-cache.js';

const WIDTH = 2048;

/** A matrix large enough to go by way of files, and a convolution whose weights ONNX Runtime rearranges. */
function large() {
  const g = GraphBuilder.empty('large');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 2, 8, 8] });
  const y = g.relu(g.conv3d(x, { channels: WIDTH, kernel: [1, 3, 3], bias: true }));
  return { name: 'large', graph: g.build({ y: g.linear(g.mean(y, [2, 3, 4]), WIDTH + 100) }) };
}

const wave = (...shape: number[]): HostTensor<'float32'> => {
  const size = shape.reduce((a, b) => a * b);
  const data = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  return { dtype: 'float32', shape, data };
};
const model = large();
const weights = memoryStore([
  ['conv.weight', wave(WIDTH, 3, 1, 3, 3)],
  ['conv.bias', wave(WIDTH)],
  ['linear.weight', wave(WIDTH + 100, WIDTH)],
  ['linear.bias', wave(WIDTH + 100)],
]);
const feeds = { x: wave(1, 3, 2, 8, 8) };

let folder: string;
const { TMPDIR } = process.env;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-mapped-'));
  process.env['TMPDIR'] = folder;
});
afterEach(async () => {
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
  await rm(folder, { recursive: true });
});

const computed = async (options: Parameters<typeof onnxRuntime>[0]): Promise<number[]> => {
  await using compiled = await onnxRuntime({ threads: 1, ...options }).compile(model, weights);
  return Array.from((await compiled.run(feeds))['y']!.data, Number);
};

test.each(['float32', 'float16'] as const)(
  '%s: as from bytes, and no file is left',
  async (precision) => {
    expect(WIDTH * WIDTH * 4).toBeGreaterThanOrEqual(MAPPED_FROM);
    const mapped = await computed({ precision, worker: true, sessions: 2 });
    expect(await readdir(folder)).toEqual([]);
    // A folder that does not exist: no files can be made, so it goes by way of bytes.
    process.env['TMPDIR'] = join(folder, 'none');
    const bytes = await computed({ precision });
    mapped.forEach((value, i) => expect(value).toBeCloseTo(bytes[i]!, 4));
  },
);

test('weights that do not fit leave no file either', async () => {
  const short = memoryStore([['conv.bias', wave(WIDTH)]]);
  await expect(onnxRuntime().compile(model, short)).rejects.toMatchObject({ name: 'WeightError' });
  expect(await readdir(folder)).toEqual([]);
});

test('sessions run at once, and one after another in each', async () => {
  await using compiled = await onnxRuntime({ threads: 1, worker: 'auto', sessions: 2 }).compile(
    model,
    weights,
  );
  expect(compiled.parallelRuns).toBe(2);
  expect(compiled.device).toBe('onnxruntime-node (cpu, 2 sessions of 1 thread, worker)');
  const clips = Array.from({ length: 5 }, (_, i) => ({
    x: { ...feeds.x, data: feeds.x.data.map((value) => value * (i + 1)) },
  }));
  const together = await Promise.all(clips.map((clip) => compiled.run(clip)));
  for (const [i, clip] of clips.entries()) {
    expect(await compiled.run(clip)).toEqual(together[i]);
  }
});

test('of a model that is kept, the first session is waited for; the others open meanwhile and agree', async () => {
  const place = join(folder, 'kept');
  const cache: ModelCache = {
    get: async () => ((await readdir(place).catch(() => [])).length > 0 ? place : undefined),
    async put(_, write) {
      await mkdir(place);
      await write(place);
      return place;
    },
  };
  const options = { threads: 1, worker: 'auto', sessions: 3, cache } as const;
  const results: (readonly number[])[] = [];
  for (let start = 0; start < 2; start++) {
    await using compiled = await onnxRuntime(options).compile(model, weights);
    const runs = await Promise.all([1, 2, 3, 4].map(() => compiled.run(feeds)));
    results.push(...runs.map(({ y }) => Array.from(y!.data, Number)));
  }
  for (const result of results) expect(result).toEqual(results[0]);
  // Ended while the others open: nothing hangs, and what is kept stays.
  await (await onnxRuntime(options).compile(model, weights))[Symbol.asyncDispose]();
  expect(await readdir(place)).not.toEqual([]);
});

test.each([
  [{ sessions: 0 }, 'expected a whole number of sessions of at least 1, received 0'],
  [{ sessions: 2 }, 'expected a worker for each of several sessions, received none'],
])('sessions that cannot be: %j', async (options, message) => {
  await expect(onnxRuntime(options).compile(model, weights)).rejects.toThrow(message);
});

test('a clip of as many frames as its sizes take a kilobyte', async () => {
  const g = GraphBuilder.empty('long');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 160, 4, 4] });
  const y = g.conv3d(x, { channels: 4, kernel: [1, 3, 3] });
  const long = { name: 'long', graph: g.build({ y: g.linear(g.mean(y, [2, 3, 4]), 2 ** 20) }) };
  const store = memoryStore([
    ['conv.weight', wave(4, 3, 1, 3, 3)],
    ['linear.weight', wave(2 ** 20, 4)],
    ['linear.bias', wave(2 ** 20)],
  ]);
  await using compiled = await onnxRuntime({ threads: 1 }).compile(long, store);
  expect((await compiled.run({ x: wave(1, 3, 160, 4, 4) }))['y']!.shape).toEqual([1, 2 ** 20]);
});

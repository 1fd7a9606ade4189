import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GraphBuilder, memoryStore, type HostTensor, type RunnableModel } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { transform } from '@swc/core';
import { tfjsRuntime } from '../index.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compiles a package's sources into a folder, as a worker thread needs them. */
async function compile(from: string, to: string): Promise<void> {
  for (const name of await readdir(from, { recursive: true })) {
    if (!name.endsWith('.ts') || name.includes('.test')) continue;
    const { code } = await transform(await readFile(join(from, name), 'utf8'), {
      filename: name,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const file = join(to, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
  }
}

let folder: string;
let workerUrl: URL;

beforeAll(async () => {
  await mkdir(here('../../out-tsc'), { recursive: true });
  folder = await mkdtemp(here('../../out-tsc/pool-'));
  await compile(here('..'), join(folder, 'tfjs'));
  const core = join(folder, 'node_modules/@slowfast/core');
  await compile(here('../../../core/src'), join(core, 'dist'));
  await cp(here('../../../core/package.json'), join(core, 'package.json'));
  workerUrl = pathToFileURL(join(folder, 'tfjs/pool/pool-worker.js'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function network(): RunnableModel<'clip', 'scores' | 'features'> {
  const g = GraphBuilder.empty('network');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 3, 4, 6, 6] });
  const features = g.relu(g.batchNorm(g.conv3d(clip, { channels: 4, kernel: [3, 3, 3] })));
  const scores = g.linear(g.mean(features, [2, 3, 4]), 5);
  return { name: 'network', graph: g.build({ scores, features }) };
}

const model = network();
const weights = formulaStore(
  [...model.graph.params].map(([name, { type }]) => [name, type.shape as number[]]),
);
const runtime = tfjsRuntime({ backend: 'wasm' });

test('gives what this thread gives, for one clip and for more than there are workers', async () => {
  await using here1 = await runtime.compile(model, weights);
  await using pool = await runtime.compile(model, weights, { workers: 2, workerUrl });
  expect(pool.device).toBe('tfjs (wasm, 2 workers)');
  expect(pool.inputs).toEqual(here1.inputs);
  expect(pool.outputs).toEqual(here1.outputs);
  const clips = [1, 2, 3, 5].map((count) => formulaClip([count, 3, 4, 6, 6], `clip${count}`));
  const answers = await Promise.all(clips.map((clip) => pool.run({ clip })));
  for (const [i, clip] of clips.entries()) {
    expect(answers[i]).toEqual(await here1.run({ clip }));
    // What was fed is still the caller's.
    expect(clip.data.length).toBeGreaterThan(0);
  }
});

test('a view of a larger array is sent without the rest', async () => {
  await using pool = await runtime.compile(model, weights, { workers: 1, workerUrl });
  const clip = formulaClip([2, 3, 4, 6, 6]);
  const larger = new Float32Array(2 * clip.data.length);
  larger.set(clip.data, 7);
  const view = { ...clip, data: larger.subarray(7, 7 + clip.data.length) };
  expect(await pool.run({ clip: view })).toEqual(await pool.run({ clip }));
  expect(larger.length).toBe(2 * clip.data.length);
});

test('feeds are checked, disposal waits for runs, later runs are refused', async () => {
  const pool = await runtime.compile(model, weights, { workers: 2, workerUrl });
  const clip = formulaClip([1, 3, 4, 6, 6]);
  const wrong = { clip: { ...clip, shape: [1, 3, 4, 6] } as HostTensor };
  await expect(pool.run(wrong)).rejects.toMatchObject({
    name: 'ShapeError',
    message:
      'network, input clip: expected float32 of shape [N, 3, 4, 6, 6], received [1, 3, 4, 6].',
  });
  const runs = [1, 2, 3].map(() => pool.run({ clip }));
  await pool[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();
  expect((await Promise.all(runs)).map(({ scores }) => scores.shape)).toEqual([
    [1, 5],
    [1, 5],
    [1, 5],
  ]);
  await expect(pool.run({ clip })).rejects.toMatchObject({
    name: 'RuntimeError',
    received: 'one that was disposed',
  });
});

test('errors of a worker are those of this thread', async () => {
  await expect(
    runtime.compile(model, memoryStore([]), { workers: 2, workerUrl }),
  ).rejects.toMatchObject({ name: 'WeightError', site: 'network' });
  const [name] = [...weights.names];
  const tensors = await Promise.all(
    [...weights.names].map(async (tensor) => {
      const value = (await weights.read(tensor)) as HostTensor<'float32'>;
      const data = tensor === name ? value.data.map(() => NaN) : value.data;
      return [tensor, { ...value, data }] as const;
    }),
  );
  await expect(
    runtime.compile(model, memoryStore(tensors), { workers: 2, workerUrl }),
  ).rejects.toMatchObject({ name: 'WeightError', expected: 'a finite number' });
  await expect(
    runtime.compile(model, weights, { workers: 2, workerUrl, backend: 'webgl' }),
  ).rejects.toMatchObject({
    name: 'RuntimeError',
    message: 'TensorFlow.js: expected the backend webgl, received webgl: there is no WebGL here.',
  });
});

test('a worker that cannot start, and options that are none', async () => {
  const missing = pathToFileURL(join(folder, 'missing.js'));
  await expect(
    runtime.compile(model, weights, { workers: 1, workerUrl: missing }),
  ).rejects.toMatchObject({
    name: 'RuntimeError',
    site: 'network',
    expected: 'a worker thread that answers',
  });
  await expect(runtime.compile(model, weights, { workers: 1 })).rejects.toMatchObject({
    message:
      'network: expected worker threads of Node, and this package compiled, received its TypeScript ' +
      'sources. Leave out the option workers, or give workerUrl.',
  });
  await expect(runtime.compile(model, weights, { workers: 1.5, workerUrl })).rejects.toMatchObject({
    message: 'network: expected a whole number of workers of at least 0, received 1.5.',
  });
});

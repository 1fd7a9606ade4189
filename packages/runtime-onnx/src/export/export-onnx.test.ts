import {
  GraphBuilder,
  memoryStore,
  pathwayFrameIndices,
  readMetadata,
  type HostTensor,
  type Preprocessing,
  type RunnableModel,
} from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exportOnnx, loadOnnx, onnxBytes, onnxRuntime } from '../index.js';
import { inMemory, readFileInfo } from '../proto/read.js';

const PREPROCESSING: Preprocessing = {
  clip: { frames: 8, stride: 2, fps: 30 },
  sampling: 'pyslowfast',
  pathways: { slow: { frames: 3, rule: 'linspace' }, fast: { frames: 8, rule: 'linspace' } },
  resize: 16,
  crop: 12,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'rgb',
  activation: 'none',
  views: { clips: 10, crops: 3, combine: 'mean' },
};
const METADATA = { preprocessing: PREPROCESSING, labels: ['dancing', 'çay'], trained: false };

/** Two pathways, one convolution with norm and activation each, and a classifier over both. */
function twoPathways(): RunnableModel<'slow' | 'fast', 'scores'> {
  const g = GraphBuilder.empty('two');
  const features = (['slow', 'fast'] as const).map((pathway) => {
    const frames = PREPROCESSING.pathways[pathway]!.frames;
    const x = g.input(pathway, { dtype: 'float32', shape: ['N', 3, frames, 12, 12] });
    const scope = g.scope(pathway);
    const conv = scope.conv3d(x, { channels: 8, kernel: [1, 3, 3], stride: [1, 2, 2] });
    return g.mean(scope.relu(scope.batchNorm(conv)), [2, 3, 4]);
  });
  const scores = g.softmax(g.scope('head').linear(g.concat(features), 2), 1);
  return { name: 'two', graph: g.build({ scores }) };
}

const model = twoPathways();
const shapes = [...model.graph.params].map(
  ([name, { type }]) => [name, type.shape as readonly number[]] as const,
);
const weights = formulaStore(shapes);
const clip = formulaClip([2, 3, 8, 12, 12]);
const feeds = {
  slow: framesOf(clip, pathwayFrameIndices(8, 3, 'linspace')),
  fast: clip,
};

function framesOf(
  { shape, data }: HostTensor<'float32'>,
  frames: readonly number[],
): HostTensor<'float32'> {
  const [n, c, t, h, w] = shape as [number, number, number, number, number];
  const taken: number[] = [];
  for (let map = 0; map < n * c; map++) {
    for (const frame of frames) {
      const start = (map * t + frame) * h * w;
      taken.push(...data.subarray(start, start + h * w));
    }
  }
  return { dtype: 'float32', shape: [n, c, frames.length, h, w], data: Float32Array.from(taken) };
}

async function scoresOf(options: object): Promise<Float32Array> {
  await using compiled = await onnxRuntime({ threads: 1, ...options }).compile(model, weights);
  return (await compiled.run(feeds)).scores.data as Float32Array;
}

function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)));
  expect(largest).toBeLessThan(tolerance);
}

test('an exported file runs in a plain session of onnxruntime-node', async () => {
  const bytes = await onnxBytes(model, weights, { metadata: METADATA });
  const session = await InferenceSession.create(bytes);
  expect(session.inputNames).toEqual(['slow', 'fast']);
  expect(session.inputMetadata).toMatchObject([
    { type: 'float32', shape: ['N', 3, 3, 12, 12] },
    { type: 'float32', shape: ['N', 3, 8, 12, 12] },
  ]);
  expect(session.outputMetadata).toMatchObject([{ name: 'scores', shape: ['N', 2] }]);
  const tensor = ({ data, shape }: HostTensor<'float32'>): Tensor =>
    new Tensor('float32', data, shape);
  const results = await session.run({ slow: tensor(feeds.slow), fast: tensor(feeds.fast) });
  expect(results['scores']!.dims).toEqual([2, 2]);
  expectClose(results['scores']!.data as Float32Array, await scoresOf({}), 1e-6);
  await session.release();
});

test('metadata, name and version are in the file', async () => {
  const bytes = await onnxBytes(model, weights, { metadata: METADATA });
  const info = await readFileInfo(inMemory(bytes, 'file'));
  expect(info.producer).toEqual({ name: 'SlowFast.ts', version: '0.1.0' });
  expect(info.metadata['slowfast.model']).toBe('two');
  expect(readMetadata(info.metadata, 'text')).toEqual(METADATA);
});

test('chunks are the bytes, and no chunk holds two weights', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportOnnx(model, weights, { optimize: false })) chunks.push(chunk);
  const bytes = await onnxBytes(model, weights, { optimize: false });
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  expect(chunks.length).toBe(2 + 2 * model.graph.params.size);
});

test('weights are read as chunks are taken, each once', async () => {
  const reads: string[] = [];
  const counting = {
    ...weights,
    read: async (name: string) => (reads.push(name), weights.read(name)),
  };
  const chunks = exportOnnx(model, counting, { optimize: false });
  for (let i = 0; i < 4; i++) await chunks.next();
  expect(reads).toEqual([shapes[0]![0]]);
  while (!(await chunks.next()).done);
  expect(reads).toEqual(shapes.map(([name]) => name));
});

test('one raw clip gives what the pathways give', async () => {
  const options = { threads: 1, input: 'clip', metadata: METADATA } as const;
  await using compiled = await onnxRuntime().compile(model, weights, options);
  expect(compiled.inputs).toEqual({ clip: ['N', 3, 8, 12, 12] });
  const { scores } = await compiled.run({ clip });
  expectClose(scores.data as Float32Array, await scoresOf({}), 1e-6);
});

test('an exported file with one raw clip runs with the same inputs', async () => {
  const bytes = await onnxBytes(model, weights, { input: 'clip', metadata: METADATA });
  await using loaded = await loadOnnx(bytes, { threads: 1 });
  expect(loaded.inputs).toEqual({ clip: ['N', 3, 8, 12, 12] });
  expectClose(
    (await loaded.run({ clip }))['scores']!.data as Float32Array,
    await scoresOf({}),
    1e-6,
  );
});

test('one raw clip needs the preprocessing', async () => {
  await expect(onnxBytes(model, weights, { input: 'clip' })).rejects.toThrow(
    "two: expected preprocessing in metadata for input 'clip', received none. " +
      'Give metadata.preprocessing, which says which frames each pathway takes.',
  );
});

test('float16 halves kernels and matrices and barely moves the scores', async () => {
  const [whole, half] = await Promise.all(
    (['float32', 'float16'] as const).map((precision) => onnxBytes(model, weights, { precision })),
  );
  const elements = shapes
    .filter(([, shape]) => shape.length > 1)
    .reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  // The casts take some bytes.
  expect(whole!.byteLength - half!.byteLength).toBeGreaterThan(2 * elements - 500);
  expectClose(await scoresOf({ precision: 'float16' }), await scoresOf({}), 2e-3);
});

test('a store for the whole network serves a part of it, and only with its names', async () => {
  const { graph } = model;
  const part = {
    name: 'part',
    graph: { ...graph, outputs: { y: graph.nodes[0]!.output } },
    parameterNames: new Set(graph.params.keys()),
  };
  expect((await onnxBytes(part, weights)).byteLength).toBeGreaterThan(0);
  const stray = memoryStore([
    ...(await Promise.all(shapes.map(async ([name]) => [name, await weights.read(name)] as const))),
    ['stray.weight', formulaClip([1])],
  ]);
  await expect(onnxBytes(part, stray)).rejects.toThrow('1 unexpected (stray.weight)');
});

import { GraphBuilder, memoryStore, type HostTensor, type RunnableModel } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend, tfjsRuntime } from '../index.js';

function small(): RunnableModel<'slow' | 'fast', 'scores'> {
  const g = GraphBuilder.empty('small');
  const [slow, fast] = ([2, 4] as const).map((frames, i) =>
    g.input(i === 0 ? 'slow' : 'fast', { dtype: 'float32', shape: ['N', 3, frames, 4, 4] }),
  );
  const joined = g.concat([g.mean(slow!, [2, 3, 4]), g.mean(fast!, [2, 3, 4])]);
  return { name: 'small', graph: g.build({ scores: g.linear(joined, 5) }) };
}

const model = small();
const weights = formulaStore([
  ['linear.weight', [5, 6]],
  ['linear.bias', [5]],
]);
const runtime = tfjsRuntime({ backend: 'wasm' });
const slow = formulaClip([1, 3, 2, 4, 4], 'slow');
const fast = formulaClip([1, 3, 4, 4, 4], 'fast');
const any = (tensor: unknown): HostTensor => tensor as HostTensor;

test('says what it is and where it runs', async () => {
  expect(runtime.name).toBe('tfjs');
  await using wasm = await runtime.compile(model, weights, { metadata: { labels: ['a'] } });
  expect(wasm.name).toBe('small');
  expect(wasm.device).toBe('tfjs (wasm)');
  expect(wasm.backend).toBe('wasm');
  expect(wasm.skipped).toEqual([]);
  expect(wasm.metadata).toEqual({ labels: ['a'] });
  expect(wasm.inputs).toEqual({ slow: ['N', 3, 2, 4, 4], fast: ['N', 3, 4, 4, 4] });
  expect(wasm.outputs).toEqual({ scores: ['N', 5] });
  await using cpu = await runtime.compile(model, weights, { backend: 'cpu' });
  expect(cpu.device).toBe('tfjs (cpu)');
});

const NAMES = 'small: expected inputs slow, fast, received';
const SLOW = 'small, input slow: expected';
const TYPE = 'float32 of shape [N, 3, 2, 4, 4]';

test.each<readonly [string, Record<string, HostTensor>, string]>([
  ['nothing', {}, `${NAMES} none.`],
  ['one missing', { slow }, `${NAMES} slow.`],
  ['another name', { slow, quick: fast }, `${NAMES} slow, quick.`],
  ['one too many', { slow, fast, audio: fast }, `${NAMES} slow, fast, audio.`],
  ['frames swapped', { slow: fast, fast: slow }, `${SLOW} ${TYPE}, received [1, 3, 4, 4, 4].`],
  [
    'half a clip',
    { slow: { ...slow, shape: [0.5, 3, 2, 4, 4] }, fast },
    `${SLOW} ${TYPE}, received [0.5, 3, 2, 4, 4].`,
  ],
  [
    'no clips',
    { slow: { dtype: 'float32', shape: [0, 3, 2, 4, 4], data: new Float32Array(0) }, fast },
    `${SLOW} N of at least 1, received N = 0. Give at least one clip.`,
  ],
  [
    'batches of two sizes',
    { slow, fast: formulaClip([2, 3, 4, 4, 4]) },
    'small, input fast: expected N = 1, as in input slow, received N = 2.',
  ],
  ['no tensor', { slow: any(undefined), fast }, `${SLOW} ${TYPE}, received no tensor.`],
  [
    'another element type',
    { slow: { dtype: 'int32', shape: slow.shape, data: new Int32Array(96) }, fast },
    `${SLOW} ${TYPE}, received int32.`,
  ],
  [
    'too few elements',
    { slow: { ...slow, data: slow.data.subarray(1) }, fast },
    `${SLOW} a Float32Array of 96 elements for [1, 3, 2, 4, 4], received Float32Array of 95 elements.`,
  ],
])('feeds are checked: %s', async (_, feeds, message) => {
  await using compiled = await runtime.compile<string, 'scores'>(model, weights);
  await expect(compiled.run(feeds)).rejects.toMatchObject({ name: 'ShapeError', message });
});

function repeated({ shape, data }: HostTensor<'float32'>, count: number): HostTensor<'float32'> {
  const all = new Float32Array(count * data.length);
  for (let i = 0; i < count; i++) all.set(data, i * data.length);
  return { dtype: 'float32', shape: [count, ...shape.slice(1)], data: all };
}

test.each(['wasm', 'cpu'] as const)('%s: runs asked for at once all answer', async (backend) => {
  await openTfjsBackend({ backend });
  const before = tf.memory().numTensors;
  const compiled = await runtime.compile(model, weights, { backend });
  const alone = (await compiled.run({ slow, fast })).scores;
  const runs = [1, 2, 3].map((count) =>
    compiled.run({ slow: repeated(slow, count), fast: repeated(fast, count) }),
  );
  const wrong = compiled.run({ slow, fast: slow });
  const disposal = compiled[Symbol.asyncDispose]();
  await expect(wrong).rejects.toThrow('small, input fast: expected');
  for (const [i, { scores }] of (await Promise.all(runs)).entries()) {
    expect(scores.shape).toEqual([i + 1, 5]);
    expect([...scores.data.slice(0, 5)]).toEqual([...alone.data]);
  }
  await disposal;
  await compiled[Symbol.asyncDispose]();
  expect(tf.memory().numTensors).toBe(before);
  await expect(compiled.run({ slow, fast })).rejects.toMatchObject({
    name: 'RuntimeError',
    message:
      'small: expected a model that is open, received one that was disposed. ' +
      'Compile it again, or dispose it later.',
  });
});

test('models on two backends run side by side, and agree', async () => {
  await using wasm = await runtime.compile(model, weights);
  await using cpu = await runtime.compile(model, weights, { backend: 'cpu' });
  const runs = [wasm, cpu, wasm, cpu].map((compiled) => compiled.run({ slow, fast }));
  const [first, ...others] = await Promise.all(runs);
  for (const { scores } of others) {
    scores.data.forEach((value, i) =>
      expect(Number(value)).toBeCloseTo(Number(first!.scores.data[i]), 5),
    );
  }
});

test.each(['wasm', 'cpu'] as const)('%s: results are the caller’s', async (backend) => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2] });
  const weight = g.param('a.weight', [2], 'weight', { kind: 'msra' });
  const graph = g.build({ same: x, weight, twice: g.emit('scale', [x], { factor: 2 }) });
  const store = formulaStore([['a.weight', [2]]]);
  await using compiled = await runtime.compile({ name: 'test', graph }, store, { backend });
  const feed = formulaClip([3, 2]);
  const given = [...feed.data];
  const first = await compiled.run({ x: feed });
  const expected = JSON.stringify(first);
  for (const { data } of Object.values(first)) data.fill(7 as never);
  expect([...feed.data]).toEqual(given);
  expect(JSON.stringify(await compiled.run({ x: feed }))).toBe(expected);
});

test('a failing run frees what it made and leaves the model usable', async () => {
  const g = GraphBuilder.empty('test');
  const features = g.input('x', { dtype: 'float32', shape: ['N', 2, 4, 4] });
  const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const attrs = { size: [2, 2], spatialScale: 1, samplingRatio: 2, aligned: true } as const;
  const y = g.emit('roi_align', [g.relu(features), boxes], attrs, 'regions');
  const graph = g.build({ y: g.emit('reduce', [y], { fn: 'max', axes: [2, 3], keepDims: false }) });
  await using compiled = await runtime.compile({ name: 'test', graph }, memoryStore([]));
  const x = formulaClip([2, 2, 4, 4]);
  const boxesOf = (...rows: readonly number[][]): HostTensor => ({
    dtype: 'float32',
    shape: [rows.length, 5],
    data: Float32Array.from(rows.flat()),
  });
  const { numTensors } = tf.memory();
  await expect(
    compiled.run({ x, boxes: boxesOf([0, 0, 0, 3, 3], [2, 0, 0, 3, 3]) }),
  ).rejects.toMatchObject({
    name: 'ShapeError',
    message: 'regions: expected boxes of the clips 0..1, received a box of clip 2.',
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  const { y: two } = await compiled.run({ x, boxes: boxesOf([1, 0, 0, 3, 3], [0, 1, 1, 2, 2]) });
  expect(two!.shape).toEqual([2, 2]);
  const { y: none } = await compiled.run({ x, boxes: boxesOf() });
  expect(none!.shape).toEqual([0, 2]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('weights that do not fit are refused, and nothing of them stays', async () => {
  await openTfjsBackend({ backend: 'wasm' });
  const { numTensors } = tf.memory();
  await expect(runtime.compile(model, memoryStore([]))).rejects.toThrow(
    'small: expected the 2 tensors of the model, received 2 missing (linear.weight, linear.bias). ' +
      'Choose the model variant that these weights were trained for.',
  );
  const damaged = { dtype: 'float32', shape: [5], data: Float32Array.of(0, NaN, 0, 0, 0) } as const;
  const store = memoryStore([
    ['linear.weight', await weights.read('linear.weight')],
    ['linear.bias', damaged],
  ]);
  await expect(runtime.compile(model, store)).rejects.toMatchObject({ name: 'WeightError' });
  expect(tf.memory().numTensors).toBe(numTensors);
});

import { GraphBuilder, memoryStore, type HostTensor, type RunnableModel } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { availableOnnxBackends, onnxRuntime } from '../index.js';
import { openBackend } from './backend.js';

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
const runtime = onnxRuntime({ threads: 1 });
const slow = formulaClip([1, 3, 2, 4, 4], 'slow');
const fast = formulaClip([1, 3, 4, 4, 4], 'fast');
const any = (tensor: unknown): HostTensor => tensor as HostTensor;

test('says what it is and where it runs', async () => {
  await using node = await runtime.compile(model, weights, { metadata: { labels: ['a'] } });
  expect(node.name).toBe('small');
  expect(node.device).toBe('onnxruntime-node (cpu, 1 thread)');
  expect(node.metadata).toEqual({ labels: ['a'] });
  expect(node.inputs).toEqual({ slow: ['N', 3, 2, 4, 4], fast: ['N', 3, 4, 4, 4] });
  expect(node.outputs).toEqual({ scores: ['N', 5] });
  await using web = await runtime.compile(model, weights, { backend: 'web' });
  expect(web.device).toBe('onnxruntime-web (wasm, 1 thread)');
  // Its threads are those of the first session.
  await using again = await runtime.compile(model, weights, { backend: 'web', threads: 2 });
  expect(again.device).toBe('onnxruntime-web (wasm, 1 thread)');
  await using two = await onnxRuntime().compile(model, weights, { threads: 2 });
  expect(two.device).toBe('onnxruntime-node (cpu, 2 threads)');
  await using worker = await runtime.compile(model, weights, { worker: true });
  expect(worker.device).toBe('onnxruntime-node (cpu, 1 thread, worker)');
  await using unsaid = await onnxRuntime().compile(model, weights);
  expect(unsaid.device).toBe('onnxruntime-node (cpu)');
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
    'no batch',
    { slow: { ...slow, shape: [3, 2, 4, 4] }, fast },
    `${SLOW} ${TYPE}, received [3, 2, 4, 4].`,
  ],
  [
    'half a clip',
    { slow: { ...slow, shape: [0.5, 3, 2, 4, 4] }, fast },
    `${SLOW} ${TYPE}, received [0.5, 3, 2, 4, 4].`,
  ],
  [
    'endless clips',
    { slow: { ...slow, shape: [Infinity, 3, 2, 4, 4] }, fast },
    `${SLOW} ${TYPE}, received [Infinity, 3, 2, 4, 4].`,
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
  ['a bare array', { slow: any(slow.data), fast }, `${SLOW} ${TYPE}, received no tensor.`],
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
  [
    'double precision',
    { slow: any({ ...slow, data: new Float64Array(96) }), fast },
    `${SLOW} a Float32Array of 96 elements for [1, 3, 2, 4, 4], received Float64Array of 96 elements.`,
  ],
  [
    'no data',
    { slow: any({ ...slow, data: undefined }), fast },
    `${SLOW} a Float32Array of 96 elements for [1, 3, 2, 4, 4], received Undefined.`,
  ],
])('feeds are checked: %s', async (_, feeds, message) => {
  await using compiled = await runtime.compile<string, 'scores'>(model, weights);
  const run = compiled.run(feeds);
  await expect(run).rejects.toMatchObject({ name: 'ShapeError', message });
});

test.each([{ backend: 'node' }, { backend: 'node', worker: true }, { backend: 'web' }] as const)(
  '%j: runs asked for at once all answer',
  async (options) => {
    const compiled = await runtime.compile(model, weights, options);
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
    await expect(compiled.run({ slow, fast })).rejects.toMatchObject({
      name: 'RuntimeError',
      message:
        'small: expected a model that is open, received one that was disposed. ' +
        'Compile it again, or dispose it later.',
    });
  },
);

function repeated({ shape, data }: HostTensor<'float32'>, count: number): HostTensor<'float32'> {
  const all = new Float32Array(count * data.length);
  for (let i = 0; i < count; i++) all.set(data, i * data.length);
  return { dtype: 'float32', shape: [count, ...shape.slice(1)], data: all };
}

test('results are the caller’s: later runs and disposal leave them alone', async () => {
  const compiled = await runtime.compile(model, weights);
  const { scores } = await compiled.run({ slow, fast });
  const copy = [...scores.data];
  await compiled.run({
    slow: fast.data.length ? repeated(slow, 2) : slow,
    fast: repeated(fast, 2),
  });
  await compiled[Symbol.asyncDispose]();
  expect([...scores.data]).toEqual(copy);
});

test.each([false, true])('providers are tried in order (worker: %s)', async (worker) => {
  // No machine has both: CoreML is Apple's, DirectML is Microsoft's.
  const absent = process.platform === 'darwin' ? 'dml' : 'coreml';
  const options = { providers: [absent, 'cpu'], worker } as const;
  await using compiled = await runtime.compile(model, weights, options);
  expect(compiled.provider).toBe('cpu');
  const reason = `no available backend found. ERR: [${absent}] backend not found`;
  expect(compiled.skipped).toEqual([{ provider: absent, reason }]);
  await expect(
    runtime.compile(model, weights, { ...options, providers: [absent] }),
  ).rejects.toMatchObject({
    name: 'RuntimeError',
    message:
      `small: expected a session of onnxruntime-node on ${absent}, ` +
      `received ${absent}: ${reason}. Add 'cpu' to the providers.`,
  });
});

test.each([
  [{ providers: [] }, "small: expected at least one provider, or 'fastest', received none."],
  [
    { providers: 'cpu' as never },
    "small: expected at least one provider, or 'fastest', received 'cpu'.",
  ],
  [{ threads: 0 }, 'small: expected a whole number of threads of at least 1, received 0.'],
  [{ threads: 1.5 }, 'small: expected a whole number of threads of at least 1, received 1.5.'],
  [
    { worker: true, backend: 'web' },
    'small: expected onnxruntime-node for a worker, received onnxruntime-web. ' +
      'Leave out the option worker, or run all of your code in a worker.',
  ],
] as const)('options are checked: %j', async (options, message) => {
  await expect(runtime.compile(model, weights, options)).rejects.toMatchObject({
    name: 'RuntimeError',
    message,
  });
});

test.each([
  ['node', 'onnxruntime-node (cpu, worker)'],
  ['web', /^onnxruntime-web \(wasm(, \d threads?)?\)$/],
] as const)('worker auto is for the backend that needs one (%s)', async (backend, device) => {
  await using compiled = await onnxRuntime({ backend, worker: 'auto' }).compile(model, weights);
  expect(compiled.device).toMatch(device);
});

test('a worker leaves feeds to the caller and takes views of larger arrays', async () => {
  await using here = await runtime.compile(model, weights);
  await using there = await runtime.compile(model, weights, { worker: true });
  const larger = new Float32Array(500);
  larger.set(slow.data, 100);
  const view = { ...slow, data: larger.subarray(100, 196) };
  const expected = await here.run({ slow, fast });
  expect(await there.run({ slow: view, fast })).toEqual(expected);
  expect(await there.run({ slow: view, fast })).toEqual(expected);
  expect(larger.length).toBe(500);
});

test('weights that do not fit are refused before a session is made', async () => {
  await expect(runtime.compile(model, memoryStore([]))).rejects.toThrow(
    'small: expected the 2 tensors of the model, received 2 missing (linear.weight, linear.bias). ' +
      'Choose the model variant that these weights were trained for.',
  );
});

const absentPackage = (name: string): Promise<unknown> => import(`${name}-that-is-not-installed`);

test.each([
  ['node', 'onnxruntime-node', 'onnxruntime-node'],
  ['web', 'onnxruntime-web', 'onnxruntime-web'],
  ['auto', 'onnxruntime-node or onnxruntime-web', 'onnxruntime-node'],
] as const)('a missing package (%s) says what to install', async (choice, packages, first) => {
  const opening = openBackend(choice, absentPackage);
  await expect(opening).rejects.toMatchObject({
    name: 'RuntimeError',
    expected: `the package ${packages}`,
    remedy: `Run: npm install ${first}`,
  });
  await expect(opening).rejects.toThrow(
    new RegExp(
      `^ONNX Runtime: expected the package ${packages}, received Cannot find .*'${first}-that-is-not-installed'.*\\. ` +
        `Run: npm install ${first}\\.$`,
    ),
  );
});

test('auto takes onnxruntime-web where onnxruntime-node is missing', async () => {
  const backend = await openBackend('auto', (name) =>
    name === 'onnxruntime-web' ? import('onnxruntime-web') : absentPackage(name),
  );
  expect(backend.name).toBe('onnxruntime-web');
});

test('tells what works here', async () => {
  const [node, web] = await availableOnnxBackends();
  expect(node).toMatchObject({ name: 'onnxruntime-node', available: true, version: '1.30.0' });
  expect(node!.providers).toContain('cpu');
  expect(web).toMatchObject({ name: 'onnxruntime-web', available: true, version: '1.30.0' });
  expect(web!.providers).toContain('wasm');
  for (const { provider, reason } of [...node!.unavailable, ...web!.unavailable]) {
    expect([...node!.providers, provider]).toContain(provider);
    expect(reason).not.toBe('');
  }
});

test('tells which packages are missing', async () => {
  const statuses = await availableOnnxBackends(absentPackage);
  for (const { name, available, providers, reason } of statuses) {
    expect({ available, providers }).toEqual({ available: false, providers: [] });
    expect(reason).toContain(`${name}-that-is-not-installed`);
  }
});

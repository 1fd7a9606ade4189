import { float32Tensor, type CompiledModel, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { inferenceServer, type InferenceServer } from '../index.js';
import { tinyDetector } from '../testing/tiny-detector.js';

let model: CompiledModel;
let server: InferenceServer;
beforeAll(async () => {
  model = await tinyDetector();
  // Whoever waits for others to be joined with waits longer than a test may take.
  const models = { detector: model };
  server = await inferenceServer({ port: 0, models, maxBatch: 4, batchDelay: 60_000 });
});
afterAll(async () => {
  await server.close();
  await model[Symbol.asyncDispose]();
});

type Feeds = Readonly<Record<string, HostTensor<'float32'>>>;

const clips = (count: number, name = 'clip') => formulaClip([count, 3, 4, 32, 32], name);
const boxesOf = (...rows: readonly (readonly number[])[]) =>
  float32Tensor([rows.length, 5], Float32Array.from(rows.flat()));

async function answer(feeds: Feeds): Promise<readonly [number, unknown]> {
  const inputs = Object.entries(feeds).map(([name, { shape, data }]) => ({
    ...{ name, shape, datatype: 'FP32', parameters: { binary_data_size: data.byteLength } },
  }));
  const json = Buffer.from(JSON.stringify({ inputs }));
  const response = await fetch(`${server.url}/v2/models/detector/infer`, {
    method: 'POST',
    body: Buffer.concat([
      json,
      ...Object.values(feeds).map(({ data }) => Buffer.from(data.buffer)),
    ]),
    headers: { 'inference-header-content-length': String(json.byteLength) },
  });
  const { outputs, error } = (await response.json()) as { outputs?: object[]; error?: string };
  return [response.status, error ?? outputs![0]];
}

const scoresOf = async (feeds: Feeds): Promise<readonly [number, object]> => {
  const { shape, data } = (await model.run(feeds))['scores']!;
  return [200, { name: 'scores', datatype: 'FP32', shape, data: [...data] }];
};

test('inputs and outputs of any number of boxes, and no batching', async () => {
  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${server.url}/v2/models/detector${path}`)).json();
  expect(await get('')).toMatchObject({
    inputs: [
      { name: 'slow', datatype: 'FP32', shape: [-1, 3, 4, 32, 32] },
      { name: 'boxes', datatype: 'FP32', shape: [-1, 5] },
    ],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
  });
  const config = await get('/config');
  expect(config).toMatchObject({ max_batch_size: 0, input: [{}, { dims: [-1, 5] }] });
  expect(config).not.toHaveProperty('dynamic_batching');
});

test('boxes of clips that come together are those of their own clips, in any order of inputs', async () => {
  const all: readonly Feeds[] = Array.from({ length: 9 }, (_, i) => {
    const rows = [
      [0, i, 2, 20 + i, 30],
      [1, 1, i, 25, 31],
      [1, 3.5, 4, 9, 9 + i],
    ];
    const slow = clips(2, `clip${i}`);
    // None, one and several; a client may well name boxes first.
    const boxes = boxesOf(...rows.slice(0, i % 4));
    return i % 2 ? { slow, boxes } : { boxes, slow };
  });
  const expected = await Promise.all(all.map(scoresOf));
  expect(await Promise.all(all.map(answer))).toEqual(expected);
});

test.each<readonly [string, readonly (readonly number[])[], string]>([
  ['a clip that is not there', [[2, 1, 1, 5, 5]], 'row 0: expected a clip from 0 to 1, received 2'],
  [
    'a clip before the first',
    [[-1, 1, 1, 5, 5]],
    'row 0: expected a clip from 0 to 1, received -1',
  ],
  ['half a clip', [[0.5, 1, 1, 5, 5]], 'row 0: expected a clip from 0 to 1, received 0.5'],
  ['no number', [[0, NaN, 1, 5, 5]], 'row 0: expected x1 ≤ x2 within 0 to 32 and y1 ≤ y2 within'],
  [
    'a box that would take for ever',
    [[0, 0, 0, 1e9, 1e9]],
    'received 0, 0, 1000000000, 1000000000',
  ],
  [
    'corners the other way round',
    [
      [0, 1, 1, 5, 5],
      [1, 9, 1, 5, 5],
    ],
    'row 1: expected x1 ≤ x2',
  ],
  ['a crowd', Array(201).fill([0, 1, 1, 5, 5]), 'at most 100 boxes a clip, 200 here, received 201'],
])('%s is refused', async (_, rows, message) => {
  const [status, error] = await answer({ slow: clips(2), boxes: boxesOf(...rows) });
  expect([status, error]).toEqual([400, expect.stringContaining(message)]);
});

test('more clips than a run takes are refused', async () => {
  const boxes = boxesOf([0, 1, 1, 5, 5]);
  const expected = 'inputs: expected at most 4 clips a request, received 5.';
  expect(await answer({ boxes, slow: clips(5) })).toEqual([400, expected]);
});

import { float32Tensor, type CompiledModel, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { inferenceServer, type InferenceServer } from '../index.js';
import { tinyModel } from '../testing/tiny-model.js';

let model: CompiledModel;
let server: InferenceServer;
beforeAll(async () => {
  model = await tinyModel();
  server = await inferenceServer({ port: 0, models: { tiny: model }, maxBatch: 4 });
});
afterAll(async () => {
  await server.close();
  await model[Symbol.asyncDispose]();
});

const feedsOf = (clips: number, seed = 0) => {
  const shifted = ({ shape, data }: HostTensor<'float32'>) =>
    float32Tensor(
      shape,
      data.map((x) => x + seed),
    );
  return {
    slow: shifted(formulaClip([clips, 3, 4, 8, 8])),
    fast: shifted(formulaClip([clips, 3, 8, 8, 8])),
  };
};

const post = (body: string | Uint8Array, headers: Record<string, string> = {}, name = 'tiny') =>
  fetch(`${server.url}/v2/models/${name}/infer`, { method: 'POST', body, headers });

const jsonOf = (feeds: Record<string, HostTensor<'float32'>>) => ({
  inputs: Object.entries(feeds).map(([name, { shape, data }]) => ({
    ...{ name, shape, datatype: 'FP32', data: [...data] },
  })),
});

/** A request whose tensors come after the JSON. */
function binaryOf(feeds: Record<string, HostTensor<'float32'>>, more: object = {}) {
  const inputs = Object.entries(feeds).map(([name, { shape, data }]) => ({
    ...{ name, shape, datatype: 'FP32', parameters: { binary_data_size: data.byteLength } },
  }));
  const json = Buffer.from(JSON.stringify({ inputs, ...more }));
  const blocks = Object.values(feeds).map(({ data }) => Buffer.from(data.buffer));
  return {
    body: Buffer.concat([json, ...blocks]),
    headers: { 'inference-header-content-length': String(json.byteLength) },
  };
}

const errorOf = async (response: Response): Promise<readonly [number, string]> => [
  response.status,
  ((await response.json()) as { error: string }).error,
];

test('health and metadata', async () => {
  const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json();
  expect(await get('/v2/health/live')).toEqual({ live: true });
  expect(await get('/v2/health/ready')).toEqual({ ready: true });
  expect(await get('/v2')).toMatchObject({ name: 'slowfast' });
  expect(await get('/v2/models/tiny/versions/1/ready')).toEqual({ name: 'tiny', ready: true });
  expect(await get('/v2/models/tiny')).toEqual({
    name: 'tiny',
    versions: ['1'],
    platform: 'slowfast_onnx',
    inputs: [
      { name: 'slow', datatype: 'FP32', shape: [-1, 3, 4, 8, 8] },
      { name: 'fast', datatype: 'FP32', shape: [-1, 3, 8, 8, 8] },
    ],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
  });
});

test('JSON and binary tensors give the scores of the model', async () => {
  const feeds = feedsOf(2);
  const expected = await model.run(feeds);
  const scores = expected['scores']!;
  const plain = await post(JSON.stringify({ id: 'seven', ...jsonOf(feeds) }));
  expect(await plain.json()).toEqual({
    model_name: 'tiny',
    model_version: '1',
    id: 'seven',
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [2, 3], data: [...scores.data] }],
  });
  const { body, headers } = binaryOf(feeds, { parameters: { binary_data_output: true } });
  const response = await post(body, headers);
  const length = Number(response.headers.get('inference-header-content-length'));
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(JSON.parse(bytes.subarray(0, length).toString())).toMatchObject({
    outputs: [{ name: 'scores', shape: [2, 3], parameters: { binary_data_size: 24 } }],
  });
  expect(bytes.subarray(length)).toEqual(Buffer.from((scores.data as Float32Array).buffer));
});

test('long JSON is parsed elsewhere, to the same', async () => {
  const feeds = feedsOf(4);
  const text = JSON.stringify(jsonOf(feeds)).padEnd(2 ** 18, ' ');
  const { outputs } = (await (await post(text)).json()) as { outputs: { data: number[] }[] };
  expect(outputs[0]!.data).toEqual([...(await model.run(feeds))['scores']!.data]);
  expect(await errorOf(await post('{'.padEnd(2 ** 18, ' ')))).toEqual([
    400,
    expect.stringMatching(/^request: expected JSON as KServe v2 has it, received .*JSON/),
  ]);
});

test('nested data and the best classes as text', async () => {
  const { slow, fast } = feedsOf(1);
  const nested = (data: readonly number[], shape: readonly number[]): unknown => {
    const [first = 1, ...rest] = shape;
    if (rest.length === 0) return data;
    const size = data.length / first;
    return Array.from({ length: first }, (_, i) =>
      nested(data.slice(i * size, (i + 1) * size), rest),
    );
  };
  const inputs = Object.entries({ slow, fast }).map(([name, { shape, data }]) => ({
    ...{ name, shape, datatype: 'FP32', data: nested([...data], shape) },
  }));
  const outputs = [{ name: 'scores', parameters: { classification: 2 } }];
  const answer = (await (await post(JSON.stringify({ inputs, outputs }))).json()) as {
    outputs: { datatype: string; shape: number[]; data: string[] }[];
  };
  const scores = [...(await model.run({ slow, fast }))['scores']!.data].map(Number);
  const best = scores.indexOf(Math.max(...scores));
  expect(answer.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
  expect(answer.outputs[0]!.data[0]).toBe(
    `${scores[best]!.toFixed(6)}:${best}:${['run', 'walk', 'çay'][best]}`,
  );
});

test('requests that come together are run together, and each gets its own', async () => {
  const all = Array.from({ length: 12 }, (_, i) => feedsOf(1 + (i % 2), i / 10));
  const expected = await Promise.all(all.map(async (feeds) => (await model.run(feeds))['scores']!));
  const answers = await Promise.all(
    all.map(async (feeds) => {
      const { body, headers } = binaryOf(feeds);
      const response = await post(body, headers);
      return ((await response.json()) as { outputs: { data: number[] }[] }).outputs[0]!.data;
    }),
  );
  answers.forEach((data, i) => {
    expect(data.length).toBe(expected[i]!.data.length);
    data.forEach((score, c) => expect(score).toBeCloseTo(Number(expected[i]!.data[c]), 6));
  });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name: string): number =>
    Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(metrics)![1]);
  expect(value('slowfast_run_seconds_count')).toBeLessThan(value('slowfast_run_clips_total'));
});

describe('what is refused', () => {
  const { body, headers } = binaryOf(feedsOf(1));
  const input = (more: object) =>
    JSON.stringify({ inputs: [{ name: 'slow', shape: [1, 3], datatype: 'FP32', ...more }] });
  test.each([
    ['', 'request: expected JSON as KServe v2 has it, received Unexpected end of JSON input.'],
    ['[]', 'request: inputs: expected "inputs", received undefined.'],
    ['{"inputs":5}', 'request: inputs: expected Array, received 5.'],
    [input({}), 'input slow: expected 3 numbers for [1, 3], received no data.'],
    [
      input({ data: 0 }),
      'request: expected JSON as KServe v2 has it, received data: expected a list of numbers.',
    ],
    [input({ data: [1, 2] }), 'input slow: expected 3 numbers for [1, 3], received 2.'],
    [
      input({ datatype: 'BYTES', data: [1] }),
      "input slow: expected datatype FP32, received 'BYTES'.",
    ],
    [
      input({ data: ['x'] }),
      'request: expected JSON as KServe v2 has it, received data: expected numbers.',
    ],
    [input({ shape: [-1] }), 'request: inputs.0.shape.0: expected >=0, received -1.'],
    [
      input({ shape: [2 ** 31, 2 ** 31, 2 ** 31], data: [] }),
      'input slow: expected 9.903520314283042e+27 numbers for [2147483648, 2147483648, 2147483648], received 0.',
    ],
    [
      input({ shape: Array(1000).fill(1), data: [1] }),
      'request: inputs.0.shape: expected <=8, received 1000.',
    ],
    [
      input({ shape: [2 ** 30], parameters: { binary_data_size: 2 ** 32 } }),
      'input slow: expected 4294967296 bytes for [1073741824], received 0 after what comes before it.',
    ],
    [input({ data: [1, 2, 3] }), 'tiny: expected inputs slow, fast, received slow.'],
    [
      `{"inputs":[{"name":"__proto__","shape":[1],"datatype":"FP32","data":[1]}]}`,
      'tiny: expected inputs slow, fast, received __proto__.',
    ],
    [
      `{"inputs":[{"name":"slow","shape":[1],"datatype":"FP32","data":${'['.repeat(20)}1${']'.repeat(20)}}]}`,
      'request: expected JSON as KServe v2 has it, received data: expected at most 8 axes.',
    ],
  ])('%.60s', async (text, message) => {
    expect(await errorOf(await post(text))).toEqual([400, message]);
  });

  test.each([
    ['99999999', 'Inference-Header-Content-Length: expected at most', 400],
    ['-1', 'Inference-Header-Content-Length: expected a number of bytes, received -1.', 400],
    ['1e3', 'Inference-Header-Content-Length: expected a number of bytes, received 1e3.', 400],
  ])('a JSON of %s bytes', async (length, message, status) => {
    const answer = await errorOf(await post(body, { 'inference-header-content-length': length }));
    expect(answer).toEqual([status, expect.stringContaining(message)]);
  });

  test('bytes that are missing or left over', async () => {
    expect(await errorOf(await post(body.subarray(0, -4), headers))).toEqual([
      400,
      'input fast: expected 6144 bytes for [1, 3, 8, 8, 8], received 6140 after what comes before it.',
    ]);
    expect(await errorOf(await post(Buffer.concat([body, Buffer.alloc(4)]), headers))).toEqual([
      400,
      'request: expected no bytes after its tensors, received 4.',
    ]);
  });

  test('more clips than a run takes, another shape, an output that is not there', async () => {
    const many = binaryOf(feedsOf(5));
    expect(await errorOf(await post(many.body, many.headers))).toEqual([
      400,
      'inputs: expected at most 4 clips a request, received 5.',
    ]);
    const { slow } = feedsOf(1);
    const wrong = binaryOf({ slow, fast: slow });
    expect(await errorOf(await post(wrong.body, wrong.headers))).toEqual([
      400,
      'tiny, input fast: expected float32 of shape [N, 3, 8, 8, 8], received [1, 3, 4, 8, 8].',
    ]);
    const other = binaryOf(feedsOf(1), { outputs: [{ name: 'boxes' }] });
    expect(await errorOf(await post(other.body, other.headers))).toEqual([
      400,
      "output: expected scores, received 'boxes'.",
    ]);
  });

  test.each(['other', '..%2F..%2Fetc%2Fpasswd', '%2e%2e', 'tiny/versions/2', 'constructor'])(
    'the model %s',
    async (name) => {
      const [status, message] = await errorOf(await post('{}', {}, name));
      expect([status, message]).toEqual([404, expect.stringMatching(/expected (tiny|a path)/)]);
    },
  );

  test('a body that is too large or of no known length, before it is read', async () => {
    const stream = new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(1000)) });
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    const unknown = await fetch(`${server.url}/v2/models/tiny/infer`, init);
    expect(await errorOf(unknown)).toEqual([
      411,
      'Content-Length: expected the length of the body, received none.',
    ]);
    const large = await post(Buffer.alloc(2 ** 21));
    expect(await errorOf(large)).toEqual([
      413,
      'request: expected at most 1288192 bytes, received 2097152.',
    ]);
  });

  test('a compressed body', async () => {
    const [status, message] = await errorOf(await post(body, { 'content-encoding': 'gzip' }));
    expect([status, message]).toEqual([
      415,
      'Content-Encoding: expected a body as it is, received gzip.',
    ]);
  });
});

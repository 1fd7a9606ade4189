/** @file `slowfast serve` as it is installed: `npm run build` makes what this runs. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { float32Tensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { compileModel } from '../model/compile-model.js';
import { serverClient } from '../index.js';
import { apiKeys } from './serve-keys.js';
import { slowfast } from './testing/run-slowfast.js';
import { needBuild, startServer } from './testing/slowfast-process.js';

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/handshake_s09_c52.avi', import.meta.url),
);
const KEY = 'a-key-that-nobody-guesses';

let folder: string;
beforeAll(needBuild);
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-command-serve-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a client that goes ends its work; SIGTERM does not, and leaves nothing', async () => {
  const keys = join(folder, 'keys.txt');
  await writeFile(keys, `# for the test\n${KEY}\n`);
  const { child, ended, url } = await startServer(folder, '--features', 'none', '--api-keys', keys);
  const client = serverClient({ url, key: KEY });
  const stop = new AbortController();
  const long = client.classify(VIDEO, { views: '900x1', signal: stop.signal });
  await expect(
    (async () => {
      for await (const step of long) if (step.stage === 'running') stop.abort(new Error('enough'));
    })(),
  ).rejects.toThrow('enough');
  const task = client.classify(VIDEO, { views: '40x1', top: 1 });
  for await (const step of task) {
    if (step.stage === 'running' && step.done === 1) child.kill('SIGTERM');
  }
  expect((await task).predictions[0]!.label).toBe('handshake');
  const { code, err } = await ended;
  expect(code).toBe(0);
  expect(err).toMatch(/\nending: 1 in hand, at most 25 s\n$/);
  const left = (await readdir(folder)).filter((name) => name.startsWith('slowfast'));
  expect(left).toEqual([]);
});

test('a model for people in boxes takes tensors and videos', async () => {
  const model = 'slow-4x16-r50-ava';
  const size = { size: 64, width: 8 };
  const flags = ['--size', '64', '--width', '8', '--weights', 'initialised'];
  const { child, ended, url } = await startServer(folder, model, ...flags, '--name', 'people');
  const client = serverClient({ url });
  const { inputs, outputs } = await client.model('people');
  expect(inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
    ['slow', -1, 3, 4, 64, 64],
    ['boxes', -1, 5],
  ]);
  expect(outputs).toMatchObject([{ name: 'scores', shape: [-1, 80] }]);
  const direct = await compileModel({ model, ...size, weights: 'initialised' });
  await using compiled = direct.model;
  const ofClips = (clips: number, ...boxes: readonly number[][]) => ({
    slow: formulaClip([clips, 3, 4, 64, 64]),
    boxes: float32Tensor([boxes.length, 5], Float32Array.from(boxes.flat())),
  });
  const requests = [
    ofClips(1, [0, 4, 5, 30, 60]),
    ofClips(2, [1, 0, 0, 64, 64], [0, 9, 9, 40, 50], [1, 20, 1, 33, 60]),
    ofClips(1),
  ];
  const answers = await Promise.all(requests.map((feeds) => client.infer('people', feeds)));
  for (const [i, feeds] of requests.entries()) {
    const expected = (await compiled.run(feeds))['scores']!;
    const scores = answers[i]!['scores']!;
    expect(scores.shape).toEqual([feeds.boxes.shape[0], 80]);
    scores.data.forEach((score, k) => expect(score).toBeCloseTo(Number(expected.data[k]), 5));
  }
  const { keyFrames } = await client.detect(VIDEO, { people: 'whole-frame', every: 60 });
  expect(keyFrames.length).toBeGreaterThan(0);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
}, 60_000);

test.each([
  [['no-such-model'], 2, /^error: model: expected /],
  [['--port', '99999'], 2, "error: --port: expected a port from 0 to 65535, received '99999'.\n"],
  [['--api-keys', '/no/such/file'], 1, /^error: --api-keys: expected a file with a key a line/],
  [['--port', '0', '--host', '203.0.113.1'], 1, /expected an address and port to listen on/],
])('%j', async (args, code, message) => {
  const ended = await slowfast('serve', ...args);
  expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
  expect(ended.err).toMatch(message);
});

test('keys come from a file and the environment', async () => {
  const file = join(folder, 'keys');
  await writeFile(file, '# who\r\n\r\n one-key-of-the-file \r\n');
  expect(await apiKeys(file, { SLOWFAST_API_KEYS: 'one,two' })).toEqual([
    'one-key-of-the-file',
    'one',
    'two',
  ]);
  expect(await apiKeys(undefined, {})).toEqual([]);
});

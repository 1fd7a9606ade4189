/** @file A server with the model that comes along, asked by the client: everything as the functions give it here. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formulaClip } from '@slowfast/core/testing';
import { inferenceServer, type InferenceServer } from '@slowfast/serve';
import {
  actionDetector,
  featureExtractor,
  serverClient,
  videoClassifier,
  type ActionDetector,
  type FeatureExtractor,
  type ServerClient,
  type ServerError,
  type VideoClassifier,
  type VideoProgress,
} from '../index.js';

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/handshake_s09_c52.avi', import.meta.url),
);
const NAME = 'slowfast-ut-interaction';

let classify: VideoClassifier;
let features: FeatureExtractor;
let detect: ActionDetector;
let server: InferenceServer;
let client: ServerClient;
beforeAll(async () => {
  classify = await videoClassifier();
  features = await featureExtractor();
  detect = await actionDetector({
    ...{ model: 'slowfast-4x16-r50-ava', weights: 'initialised', width: 8, size: 64 },
  } as never);
  server = await inferenceServer({
    ...{ classify, features, detect, port: 0, queue: 1, maxVideoBytes: 2 ** 21, silence: 1 },
    remote: { hosts: ['*'], isAllowedAddress: (address) => address === '127.0.0.1' },
  });
  client = serverClient({ url: server.url });
});
afterAll(async () => {
  await server.close();
  await Promise.all([classify, features, detect].map((one) => one.dispose()));
});

const refusal = async (task: PromiseLike<unknown>): Promise<readonly unknown[]> => {
  const error = await Promise.resolve(task).then(
    () => undefined,
    (error: ServerError) => error,
  );
  return [error?.status, error?.message];
};

/** Nothing of a client stays on the disk. */
const spools = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('slowfast-serve-'));

test('tensors: the scores of the model, bit for bit', async () => {
  const { inputs } = await client.model(NAME);
  expect(await client.isReady(NAME)).toBe(true);
  expect(await client.isReady('other')).toBe(false);
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape }) => [name, formulaClip([2, ...shape.slice(1)])]),
  );
  expect(await client.infer(NAME, feeds, { id: '1' })).toEqual(await classify.model.run(feeds));
  expect(await refusal(client.infer('other', feeds))).toEqual([
    404,
    `POST ${server.url}/v2/models/other/infer: expected an answer of the server, received status 404: ` +
      `model: expected ${NAME}, version 1, received 'other'.`,
  ]);
});

test.each([
  ['a path', () => VIDEO],
  ['a file: URL', () => new URL(`file://${VIDEO}`)],
  ['a Blob', () => openAsBlob(VIDEO)],
  ['bytes', () => readFile(VIDEO)],
  ['a stream', async () => (await openAsBlob(VIDEO)).stream()],
] as const)('a video from %s', async (_, source) => {
  const before = await spools();
  const video = (await source()) as Blob;
  const { predictions, views } = await client.classify(video, { views: '2x1', top: 2 });
  const expected = await classify(VIDEO, { views: '2x1', top: 2 });
  expect({ predictions, views }).toEqual({ predictions: [...expected], views: '2x1' });
  expect(await spools()).toEqual(before);
});

test('progress comes step by step, and the result after it', async () => {
  const task = client.classify(VIDEO, { views: '3x1' });
  const steps: VideoProgress[] = [];
  for await (const step of task) steps.push(step);
  expect(steps).toEqual([
    { stage: 'waiting', ahead: 0 },
    ...[1, 2, 3].map((done) => ({ stage: 'running', done, total: 3 })),
  ]);
  expect((await task).predictions[0]!.label).toBe('handshake');
});

test('features and detections are those that the functions give here', async () => {
  const own = await features(VIDEO, { window: 64, stride: 64 });
  const { arrays, times } = await client.features(VIDEO, { window: 64, stride: 64 });
  expect(arrays).toEqual(own.arrays);
  expect(times.flat()).toEqual([...own.times]);
  const options = { people: 'whole-frame', every: 2, minScore: 0, top: 2 } as const;
  const found = await client.detect(VIDEO, options);
  const { keyFrames } = await detect(VIDEO, options);
  expect(found).toMatchObject({ detector: { kind: 'whole-frame' }, keyFrames });
});

test('a video that the server fetches, and one that it does not', async () => {
  const bytes = await readFile(VIDEO);
  const host = createServer(({ url }, response) => {
    if (url === '/inner')
      response.writeHead(302, { location: server.url.replace('127.0.0.1', '127.0.0.2') });
    response.end(url === '/video' ? bytes : '');
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const base = `http://127.0.0.1:${(host.address() as { port: number }).port}`;
  const { predictions } = await client.classify(new URL(`${base}/video`), { views: '1x1' });
  expect(predictions[0]!.label).toBe('handshake');
  const [status, message] = await refusal(client.classify(new URL(`${base}/inner`)));
  expect([status, message]).toEqual([403, expect.stringMatching(/one at a private address\.$/)]);
  host.close();
});

describe('what is refused leaves nothing behind', () => {
  const post = async (
    body: string | Uint8Array,
    headers: Record<string, string> = {},
    query = '',
  ) => {
    const before = await spools();
    const response = await fetch(`${server.url}/classify${query}`, {
      method: 'POST',
      body,
      headers,
    });
    const { error } = (await response.json()) as { error: string };
    expect((await spools()).filter((name) => !before.includes(name))).toEqual([]);
    expect(error).not.toContain(tmpdir());
    return [response.status, error];
  };

  test('what is no video, or a playlist that names files of the server', async () => {
    const noVideo = await post('this is no video');
    expect(noVideo).toEqual([
      422,
      expect.stringMatching(/^video: expected a video in a container/),
    ]);
    for (const playlist of [
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
      `ffconcat version 1.0\nfile '${VIDEO}'\n`,
    ]) {
      expect((await post(playlist))[0]).toBe(422);
    }
  });

  test('bytes: too many, declared or not, and none', async () => {
    const large = new Uint8Array(2 ** 21 + 1);
    const message = (received: string) =>
      `video: expected at most 2097152 bytes, received ${received}.`;
    expect(await post(large)).toEqual([413, message('2097153')]);
    const stream = new Blob([large]).stream();
    expect(await refusal(client.classify(stream))).toEqual([
      413,
      expect.stringContaining(message('more').slice(0, -1)),
    ]);
    expect((await post(''))[0]).toBe(400);
  });

  test.each([
    [{ 'content-encoding': 'gzip' }, '', 415, 'Content-Encoding: expected a body as it is'],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, '', 415, 'Content-Type: expected'],
    [{ 'content-type': 'application/json' }, '', 400, 'request: expected JSON with a url'],
    [{}, '?top=0', 400, 'query: top: expected must be >= 1'],
    [{}, '?people=/etc/passwd', 400, 'query: people: expected a parameter that there is'],
    [{}, '?views=9999x1', 422, 'video: expected at most 1000 views, received 9999.'],
  ])('%j%s', async (headers, query, status, message) => {
    const bytes = status === 422 ? await readFile(VIDEO) : 'x';
    const answer = await post(bytes, headers as unknown as Record<string, string>, query);
    expect(answer).toEqual([status, expect.stringContaining(message)]);
  });

  test('a client that stops sending, and one that goes away', async () => {
    const before = await spools();
    const head = 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nRIFF';
    const slow = connect(server.port, '127.0.0.1').setEncoding('utf8');
    slow.write(head);
    const gone = connect(server.port, '127.0.0.1');
    gone.write(head);
    setTimeout(() => gone.destroy(), 100);
    expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 408 /);
    slow.destroy();
    while (server.inHand > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await spools()).toEqual(before);
  });
});

test('one video at work, one that waits; the next is told when to come again', async () => {
  const health: number[] = [];
  const [first, second] = ['40x1', '1x1'].map((views) =>
    client.classify(VIDEO, { views: views as '1x1' }),
  );
  const busy = (async () => {
    for await (const step of first!) if (step.stage === 'running') break;
  })();
  await busy;
  const waiting = Promise.resolve(second!);
  while (server.inHand < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const third = await Promise.resolve(client.classify(VIDEO)).catch((error: ServerError) => error);
  expect(third).toMatchObject({ name: 'ServerError', status: 503 });
  expect((third as ServerError).retryAfter).toBeGreaterThanOrEqual(1);
  for (let i = 0; i < 5; i++) {
    expect(await client.isReady()).toBe(true);
    health.push(server.inHand);
  }
  expect((await waiting).predictions.length).toBe(5);
  expect((await first!).views).toBe('40x1');
  expect(health[0]).toBeGreaterThanOrEqual(1);
});

test('no server, and another than is meant', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const nobody = `http://127.0.0.1:${(gone.address() as { port: number }).port}`;
  gone.close();
  await expect(serverClient({ url: nobody }).model('x')).rejects.toThrow(
    `GET ${nobody}/v2/models/x: expected a server that answers, received connect ECONNREFUSED`,
  );
  const other = createServer((_, response) => response.writeHead(502).end('<html>')).listen(0);
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as { port: number }).port}`;
  await expect(serverClient({ url }).model('x')).rejects.toThrow('status 502: <html>.');
  other.close();
});

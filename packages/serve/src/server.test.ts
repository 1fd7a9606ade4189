import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { CompiledModel } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { inferenceServer, type InferenceServer, type ServerOptions } from './index.js';
import { tinyModel } from './testing/tiny-model.js';

let model: CompiledModel;
beforeAll(async () => (model = await tinyModel({}, 64)));
afterAll(() => model[Symbol.asyncDispose]());

const started = (options: ServerOptions = {}): Promise<InferenceServer> =>
  inferenceServer({ port: 0, models: { tiny: model }, ...options });

const tensors = { slow: formulaClip([8, 3, 4, 8, 8]), fast: formulaClip([8, 3, 8, 8, 8]) };
const inputs = Object.entries(tensors).map(([name, { shape, data }]) => ({
  ...{ name, shape, datatype: 'FP32', parameters: { binary_data_size: data.byteLength } },
}));
const json = Buffer.from(JSON.stringify({ inputs }));
const body = Buffer.concat([
  json,
  ...Object.values(tensors).map(({ data }) => Buffer.from(data.buffer)),
]);
const headers = { 'inference-header-content-length': String(json.byteLength) };

const infer = ({ url }: InferenceServer, more: Record<string, string> = {}) =>
  fetch(`${url}/v2/models/tiny/infer`, { method: 'POST', body, headers: { ...headers, ...more } });

const answerOf = async (response: Response): Promise<readonly [number, string | undefined]> => [
  response.status,
  ((await response.json()) as { error?: string }).error,
];

/** An answer to a request with headers that fetch does not let one set. */
async function raw(
  server: InferenceServer,
  path: string,
  own: Record<string, string>,
  method = 'GET',
) {
  const request = httpRequest(server.url + path, { method, headers: own }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

test('API keys: everything but health needs one', async () => {
  const key = 'a-key-that-nobody-guesses';
  await using server = await started({ keys: ['another-key-of-the-server', key] });
  expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
  const needed = 'Authorization: expected an API key: Bearer KEY, or X-API-Key, received';
  expect(await answerOf(await infer(server))).toEqual([401, `${needed} none.`]);
  expect(await answerOf(await infer(server, { authorization: 'Bearer wrong' }))).toEqual([
    401,
    `${needed} another.`,
  ]);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  expect((await infer(server, { authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await infer(server, { 'x-api-key': key })).status).toBe(200);
  await expect(started({ keys: ['short'] })).rejects.toThrow(
    'API key 1: expected at least 16 characters, received 5. Make one by: openssl rand -hex 32.',
  );
});

test('pages and names that are not this machine’s own are refused', async () => {
  await using server = await started({ origins: ['https://app.example.com'] });
  const status = async (own: Record<string, string>) => (await raw(server, '/v2', own)).statusCode;
  expect(await status({ host: 'rebound.example' })).toBe(403);
  expect(await status({ host: `localhost:${server.port}` })).toBe(200);
  expect(await status({ origin: 'https://evil.example' })).toBe(403);
  const allowed = await raw(server, '/v2', { origin: 'https://app.example.com' });
  expect(allowed.headers['access-control-allow-origin']).toBe('https://app.example.com');
  const preflight = await raw(
    server,
    '/v2/models/tiny/infer',
    { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    'OPTIONS',
  );
  expect([preflight.statusCode, preflight.headers['access-control-allow-methods']]).toEqual([
    204,
    'GET, POST',
  ]);
});

test('more than there is room for is told so at once, and the rest is done', async () => {
  await using server = await started({ maxRequests: 4, maxBatch: 8 });
  // One after another, as each is told from those before by the count.
  const held: Socket[] = [];
  while (held.length < 4) held.push(await unfinished(server));
  const refused = await Promise.all(Array.from({ length: 36 }, () => infer(server)));
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
  expect(refused[0]!.headers.get('retry-after')).toBe('1');
  expect(await answerOf(refused[0]!)).toEqual([
    503,
    'queue: expected room for one more request, received 4 in hand. Try again in 1 s.',
  ]);
  const done = held.map(statusIn);
  for (const socket of held) socket.write(body.subarray(-1));
  expect(await Promise.all(done)).toEqual(Array(4).fill('HTTP/1.1 200'));
  for (const socket of held) socket.destroy();
  expect((await infer(server)).status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain(
    `slowfast_answers_total{route="/v2/models/:name/infer",status="503"} ${refused.length}`,
  );
  expect(metrics).toContain('slowfast_requests 0\n');
});

/** A request of which the last byte is held back; in hand as soon as this resolves. */
async function unfinished(server: InferenceServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  const before = server.inHand;
  socket.write(
    `POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.byteLength}\r\n` +
      `Inference-Header-Content-Length: ${json.byteLength}\r\n\r\n`,
  );
  socket.write(body.subarray(0, -1));
  while (server.inHand === before) await new Promise((resolve) => setTimeout(resolve, 5));
  return socket;
}

const statusIn = async (socket: Socket): Promise<string> =>
  String((await once(socket, 'data'))[0]).slice(0, 'HTTP/1.1 200'.length);

test('bytes in hand are bounded, too', async () => {
  await using server = await started({ maxRequestBytes: body.byteLength + 100 });
  const first = await unfinished(server);
  expect((await infer(server)).status).toBe(503);
  first.write(body.subarray(-1));
  expect(await statusIn(first)).toBe('HTTP/1.1 200');
  expect((await infer(server)).status).toBe(200);
  first.destroy();
});

test('a client that falls silent is given up, and its place is free again', async () => {
  await using server = await started({ maxRequests: 1, silence: 0.2 });
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    `POST /v2/models/tiny/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 [^]*none for 0\.2 s/);
  socket.destroy();
  expect((await infer(server)).status).toBe(200);
});

test('a head that never ends, and one that is too large', async () => {
  await using server = await started({ silence: 0.2 });
  const slow = connect(server.port, '127.0.0.1');
  slow.write('GET /v2 HTTP/1.1\r\nHost: localhost\r\n');
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 408 /);
  const large = await raw(server, '/v2', { shapes: '9,'.repeat(10_000) }).catch(
    (error: { code?: string }) => ({ statusCode: error.code }),
  );
  expect(large.statusCode).toBe(431);
});

test('a server that ends finishes what it has in hand, and takes no more', async () => {
  const server = await started();
  const [first, idle] = [await unfinished(server), connect(server.port, '127.0.0.1')];
  const closing = server.close();
  idle.write('GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await statusIn(idle)).toBe('HTTP/1.1 503');
  expect((await infer(server)).status).toBe(503);
  first.write(body.subarray(-1));
  expect(await statusIn(first)).toBe('HTTP/1.1 200');
  await closing;
  await expect(fetch(`${server.url}/v2`)).rejects.toThrow('fetch failed');
});

test('what is not done when the time is over is told so', async () => {
  const server = await started();
  const first = await unfinished(server);
  const [status] = await Promise.all([statusIn(first), server.close({ grace: 50 })]);
  expect(status).toBe('HTTP/1.1 503');
});

test('a port that is in use', async () => {
  await using server = await started();
  await expect(started({ port: server.port })).rejects.toThrow(
    `127.0.0.1:${server.port}: expected an address and port to listen on, received a port that is in use. ` +
      'Take another, or 0 for one that is free.',
  );
});

test.each([
  [{ maxBatch: 0 }, 'maxBatch: expected a whole number of at least 1, received 0.'],
  [{ jobs: 1.5 }, 'jobs: expected a whole number of at least 1, received 1.5.'],
  [{ timeLimit: Infinity }, 'timeLimit: expected a number of at least 0.01, received Infinity.'],
])('%j is refused', async (options, message) => {
  await expect(started(options)).rejects.toThrow(message);
});

test('the description names every path, and what a query may hold', async () => {
  await using server = await started();
  const described = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, { post?: { parameters: { name: string }[]; responses: object } }>;
  };
  expect(described.openapi).toBe('3.0.3');
  expect(Object.keys(described.paths)).toEqual(
    expect.arrayContaining(['/v2', '/v2/models/{name}/infer', '/classify', '/detect', '/features']),
  );
  const { parameters, responses } = described.paths['/classify']!.post!;
  expect(parameters.map(({ name }) => name)).toEqual(['top', 'views']);
  expect(Object.keys(responses)).toContain('503');
});

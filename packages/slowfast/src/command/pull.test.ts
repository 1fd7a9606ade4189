/** @file Published weights through the command: a machine that has none, a server in the place of the hosts. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights, writeSafetensors } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { needBuild, startSlowfast } from './testing/slowfast-process.js';

const NAME = 'pyslowfast/slowonly-4x16-r50';
const PATH = '/pyslowfast/model_zoo/kinetics400/SLOWONLY_4x16_R50.pkl';
const VIDEO = fileURLToPath(new URL('../../../../examples/media/archery.avi', import.meta.url));

let cache: string;
let server: Server;
let content: Uint8Array;
/** Called with the bytes of the file that were sent, before more are. */
let onSent: (bytes: number) => void;
let requests: string[];

beforeAll(async () => {
  await needBuild();
  // The whole network, in half the bytes: containers are told by their content, not by their name.
  const { graph } = catalogModel('slow-4x16-r50').model;
  const chunks: Uint8Array[] = [];
  const sink = { write: (chunk: Uint8Array) => Promise.resolve(void chunks.push(chunk.slice())) };
  await writeSafetensors(initialWeights(graph, { seed: 1 }), { sink, dtype: 'float16' });
  content = Buffer.concat(chunks);
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'slowfast-command-pull-'));
  requests = [];
  onSent = () => undefined;
  server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(`${request.url} ${from > 0 ? 'resumed' : 'whole'}`);
    if (request.url !== PATH) return void response.writeHead(404).end();
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"1"',
      'content-length': content.length - from,
      ...(from > 0 ? { 'content-range': range } : {}),
    });
    const send = (at: number): void => {
      if (response.destroyed) return;
      if (at >= content.length) return void response.end();
      const next = Math.min(content.length, at + 2 ** 20);
      response.write(content.subarray(at, next), (error) => {
        if (error) return;
        onSent(next);
        setTimeout(send, 1, next);
      });
    };
    send(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cache, { recursive: true, force: true });
});

const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  startSlowfast(args, {
    SLOWFAST_CACHE: cache,
    SLOWFAST_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...more,
  });

it('classifies with a name from nothing, again without a network, and lists what it has', async () => {
  const args = ['classify', VIDEO, '--weights', NAME, '--views', '1x1', '--json'];
  const first = await start(args).ended;
  expect({ code: first.code, requests }).toEqual({ code: 0, requests: [`${PATH} whole`] });
  const { model, predictions } = JSON.parse(first.out) as Record<string, unknown>;
  expect(model).toBe('slow-4x16-r50');
  expect(predictions).toHaveLength(5);
  const again = await start(args, { SLOWFAST_OFFLINE: '1' }).ended;
  expect(JSON.parse(again.out)).toMatchObject({ predictions });
  expect(requests).toHaveLength(1);
  // With the arranged model kept, made and then found, the scores are the same.
  const keeping = { SLOWFAST_OFFLINE: '1', SLOWFAST_MODEL_CACHE: '1G' };
  for (const run of ['made', 'found']) {
    const { out } = await start(args, keeping).ended;
    expect([run, JSON.parse(out)]).toMatchObject([run, { predictions }]);
  }
  const listed = await start(['cache', '--json']).ended;
  const entries = listed.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(entries).toMatchObject([
    { kind: 'weights', id: NAME, isWhole: true },
    { kind: 'model', id: 'slow-4x16-r50' },
  ]);
});

it('is killed at five moments, and goes on with what it had', async () => {
  const parts = [2 ** 20, 0.3 * content.length, 0.7 * content.length, content.length - 2 ** 20];
  for (const bytes of parts) {
    const { child, ended } = start(['pull', NAME]);
    onSent = (sent) => {
      if (sent >= bytes) child.kill('SIGKILL');
    };
    expect((await ended).code).not.toBe(0);
  }
  onSent = () => undefined;
  // The fifth: while it is converted.
  const { child, ended } = start(['pull', NAME]);
  const weights = join(cache, 'weights');
  for (;;) {
    const [entry] = await readdir(weights);
    if ((await readdir(join(weights, entry!))).some((name) => name.endsWith('.tmp'))) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill('SIGKILL');
  await ended;
  expect(requests.slice(2, 5)).toEqual(Array(3).fill(`${PATH} resumed`));
  const last = await start(['pull', NAME, '--json']).ended;
  expect(last.code).toBe(0);
  const { path, size } = JSON.parse(last.out) as { path: string; size: number };
  expect(size).toBe(content.length);
  expect((await stat(path)).size).toBeGreaterThan(1.9 * content.length);
  expect((await readdir(join(path, '..'))).sort()).toEqual(['entry.json', 'weights.safetensors']);
});

it('fetches once for two processes at once, and refuses a file that changed', async () => {
  const both = [start(['pull', NAME, '--json']), start(['pull', NAME, '--json'])];
  const ends = await Promise.all(both.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(requests).toEqual([`${PATH} whole`]);
  const lock = JSON.parse(await readFile(join(cache, 'weights.lock.json'), 'utf8')) as object;
  expect(lock).toMatchObject({ weights: { [NAME]: { size: content.length } } });
  expect((await start(['cache', 'clear']).ended).code).toBe(0);
  content = content.slice();
  content[content.length - 1]! ^= 1;
  const { code, err } = await start(['pull', NAME]).ended;
  expect(code).toBe(1);
  expect(err).toMatch(/expected the SHA-256 [0-9a-f]{64} of its first use/);
});

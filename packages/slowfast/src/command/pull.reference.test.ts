/** @file Published weights through the command where something happens to it: killed, two at once, a file that changed. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needBuild } from './testing/slowfast-process.js';
import { NAME, PATH, weightsFile, weightsHost, type WeightsHost } from './testing/weights-host.js';

const VIDEO = fileURLToPath(new URL('../../../../examples/media/archery.avi', import.meta.url));

let host: WeightsHost;
let content: Uint8Array;
beforeAll(async () => {
  await needBuild();
  content = await weightsFile();
});
beforeEach(async () => {
  host = await weightsHost(content);
});
afterEach(() => host[Symbol.asyncDispose]());

it('is killed at five moments, and goes on with what it had', async () => {
  const parts = [
    2 ** 20,
    0.3 * host.content.length,
    0.7 * host.content.length,
    host.content.length - 2 ** 20,
  ];
  for (const bytes of parts) {
    const { child, ended } = host.start(['pull', NAME]);
    host.onSent = (sent) => {
      if (sent >= bytes) child.kill('SIGKILL');
    };
    expect((await ended).code).not.toBe(0);
  }
  host.onSent = () => undefined;
  // The fifth: while it is converted.
  const { child, ended } = host.start(['pull', NAME]);
  const weights = join(host.cache, 'weights');
  for (;;) {
    const [entry] = await readdir(weights);
    if ((await readdir(join(weights, entry!))).some((name) => name.endsWith('.tmp'))) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill('SIGKILL');
  await ended;
  expect(host.requests.slice(2, 5)).toEqual(Array(3).fill(`${PATH} resumed`));
  const last = await host.start(['pull', NAME, '--json']).ended;
  expect(last.code).toBe(0);
  const { path, size } = JSON.parse(last.out) as { path: string; size: number };
  expect(size).toBe(host.content.length);
  expect((await stat(path)).size).toBeGreaterThan(1.9 * host.content.length);
  expect((await readdir(join(path, '..'))).sort()).toEqual(['entry.json', 'weights.safetensors']);
});

it('fetches once for two processes at once, and refuses a file that changed', async () => {
  const both = [host.start(['pull', NAME, '--json']), host.start(['pull', NAME, '--json'])];
  const ends = await Promise.all(both.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(host.requests).toEqual([`${PATH} whole`]);
  const lock = JSON.parse(await readFile(join(host.cache, 'weights.lock.json'), 'utf8')) as object;
  expect(lock).toMatchObject({ weights: { [NAME]: { size: host.content.length } } });
  expect((await host.start(['cache', 'clear']).ended).code).toBe(0);
  const changed = host.content.slice();
  changed[changed.length - 1]! ^= 1;
  host.content = changed;
  const { code, err } = await host.start(['pull', NAME]).ended;
  expect(code).toBe(1);
  expect(err).toMatch(/expected the SHA-256 [0-9a-f]{64} of its first use/);
});

it('keeps the arranged model where it may, made and then found: the scores are the same', async () => {
  const args = ['classify', VIDEO, '--weights', NAME, '--views', '1x1', '--json'];
  const first = await host.start(args, { SLOWFAST_MODEL_CACHE: '0' }).ended;
  const { predictions } = JSON.parse(first.out) as { predictions: readonly object[] };
  expect(predictions).toHaveLength(5);
  const keeping = { SLOWFAST_OFFLINE: '1', SLOWFAST_MODEL_CACHE: '1G' };
  for (const run of ['made', 'found']) {
    const { out } = await host.start(args, keeping).ended;
    expect([run, JSON.parse(out)]).toMatchObject([run, { predictions }]);
  }
  const listed = await host.start(['cache', '--json']).ended;
  const entries = listed.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(entries).toMatchObject([
    { kind: 'weights', id: NAME, isWhole: true },
    { kind: 'model', id: 'slow-4x16-r50' },
  ]);
});

/** @file What the queue says of its server, and what it keeps there, with fake videos. */
import {
  openQueue,
  workerMetrics,
  workQueue,
  type VideoQueue,
  type WorkerEvent,
} from '@slowfast/queue';
import { redisServer, type TestServer } from './redis-server.js';
import { run } from './slowfast-process.js';

let server: TestServer;
let locked: TestServer;
beforeAll(async () => {
  server = await redisServer();
  locked = await redisServer('secret-word');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
});

const REQUEST = { command: 'fake', rows: 500, size: 5, window: 8 };

/** Works until the queue is empty; `shard` may fail. */
function work(
  queue: VideoQueue,
  shard: (from: number) => void = () => undefined,
  { signal = new AbortController().signal, onEvent = (_: WorkerEvent): void => undefined } = {},
) {
  const rows: number[] = [];
  const reduced: string[] = [];
  const done = workQueue(
    queue,
    {
      async shard({ from, to, ended, mayBegin }) {
        shard(from);
        for (let row = from; row < to; row++) {
          if (!mayBegin()) return 'rest';
          await new Promise((resolve) => setImmediate(resolve));
          rows.push(row);
          ended(row, row % 100 === 0 ? 'broken' : 'done', 0.001);
        }
        return 'done';
      },
      reduce: async ({ id }) => void reduced.push(id),
    },
    { signal, untilEmpty: true, onEvent },
  );
  return { rows, reduced, done };
}

const all = (rows: number): readonly number[] => Array.from({ length: rows }, (_, row) => row);
const sorted = (rows: readonly number[]): readonly number[] => rows.toSorted((a, b) => a - b);

it('a run goes through a window, however long it is, and is reduced once', async () => {
  await using queue = await openQueue({ redis: server.url, name: 'window' });
  await queue.add({ id: 'long', ...REQUEST });
  let most = 0;
  const { rows, reduced, done } = work(queue, () => {
    void queue.queue.getJobCounts('waiting', 'active', 'delayed').then((counts) => {
      most = Math.max(most, ...Object.values(counts));
    });
  });
  await done;
  expect(sorted(rows)).toEqual(all(500));
  expect(reduced).toEqual(['long']);
  expect(most).toBeLessThanOrEqual(REQUEST.window);
  expect(await queue.status('long')).toMatchObject({
    ...{ state: 'done', ended: 500, broken: 5, endedShards: 100, failed: [] },
  });
  expect(await queue.add({ id: 'long', ...REQUEST })).toMatchObject({ state: 'done' });
  expect(await queue.queue.getJobCountByTypes('waiting', 'waiting-children')).toBe(0);
});

it('a cancelled run stays as it is until it is added again', async () => {
  await using queue = await openQueue({ redis: server.url, name: 'cancel' });
  await queue.add({ id: 'some', ...REQUEST });
  const stop = new AbortController();
  const first = work(queue, (from) => from >= 100 && stop.abort(), { signal: stop.signal });
  await first.done;
  expect(first.rows.length).toBeLessThan(500);
  await queue.cancel('some');
  expect(await queue.status('some')).toMatchObject({ state: 'cancelled', waiting: 0, active: 0 });
  expect(await queue.queue.getJobCountByTypes('waiting', 'waiting-children')).toBe(0);
  await queue.add({ id: 'some', ...REQUEST });
  const second = work(queue);
  await second.done;
  expect([...new Set(sorted([...first.rows, ...second.rows]))]).toEqual(all(500));
  expect(second.reduced).toEqual(['some']);
});

it('a shard that fails holds up the run, is told, and is done again by retry', async () => {
  await using queue = await openQueue({ redis: server.url, name: 'retry' });
  await queue.add({ id: 'one', ...REQUEST, rows: 50 });
  const disk = (from: number): void => {
    if (from === 10) throw new Error('no space left');
  };
  await work(queue, disk).done;
  expect(await queue.status('one')).toMatchObject({
    ...{ state: 'running', ended: 45, failed: [{ shard: 3, reason: 'no space left' }] },
  });
  expect(await queue.retry('one')).toBe(1);
  const second = work(queue);
  await second.done;
  expect(sorted(second.rows)).toEqual([10, 11, 12, 13, 14]);
  expect(second.reduced).toEqual(['one']);
});

it('numbers are served in the text form of Prometheus, on this machine alone', async () => {
  await using queue = await openQueue({ redis: server.url, name: 'numbers' });
  await using metrics = await workerMetrics(queue, { port: 0 });
  await queue.add({ id: 'few', ...REQUEST, rows: 7 });
  await work(queue, undefined, { onEvent: (event) => metrics.count(event) }).done;
  expect(new URL(metrics.url).hostname).toBe('127.0.0.1');
  const text = await (await fetch(metrics.url)).text();
  for (const line of [
    'slowfast_videos_total{outcome="done"} 6',
    'slowfast_videos_total{outcome="broken"} 1',
    'slowfast_shards_total{outcome="done"} 2',
    'slowfast_video_seconds_count 7',
    'slowfast_redis_connected 1',
    'slowfast_jobs{state="waiting"} 0',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect((await fetch(new URL('/', metrics.url))).status).toBe(404);
});

it.each([
  ['no server', () => 'redis://127.0.0.1:9', /^error: redis:\/\/127\.0\.0\.1:9: .* ECONNREFUSED/],
  ['no address', () => 'http://127.0.0.1', /^error: redis: expected an address such as/],
  [
    'a wrong password',
    () => locked.url.replace('secret-word', 'other-word'),
    /^error: redis:\/\/:\*\*\*@127.*credentials, received WRONGPASS/,
  ],
  ['no password', () => locked.url.replace(':secret-word@', ''), /credentials, received NOAUTH/],
  ['TLS where there is none', () => server.url.replace('redis:', 'rediss:'), /^error: rediss:/],
])('%s is told at once, without credentials', async (_, url, message) => {
  const { code, out, err } = await run(url(), 'queue', 'status');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(message);
  expect(err).not.toMatch(/-word/);
});

it('credentials are taken from the address', async () => {
  expect(await run(locked.url, 'queue', 'status')).toEqual({
    ...{ code: 0, err: '' },
    out: `queue videos at redis://:***@127.0.0.1:${locked.port}: no runs\n`,
  });
});

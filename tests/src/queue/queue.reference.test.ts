/**
 * @file A run by the built command with three workers and all that can happen to them: one is killed, one stopped, the
 * connections are cut for longer than a lock lasts, the server starts again from its file.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openQueue } from '@slowfast/queue';
import { redisServer, wireTo, type TestServer } from './redis-server.js';
import { run, start } from './slowfast-process.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLIP = at('../../../examples/media/five-frames.mp4');
const WEIGHTS = at(
  '../../../packages/checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth',
);
const MODEL = [
  ...['--weights', WEIGHTS, '--model', 'slowfast-4x16-r50', '--size', '64', '--views', '6x1'],
];
const VIDEOS = 36;

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-queue-'));
  server = await redisServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A list of copies of a clip, of one that is none, and of one that is not there. */
async function list(): Promise<string> {
  const clips = join(folder, 'clips');
  await mkdir(clips);
  const names = Array.from({ length: VIDEOS - 2 }, (_, i) => `${i}.mp4`);
  await Promise.all(names.map((name) => copyFile(CLIP, join(clips, name))));
  await writeFile(join(clips, 'noise.mp4'), 'no video');
  names.splice(20, 0, 'noise.mp4', 'gone.mp4');
  const path = join(clips, 'list.csv');
  await writeFile(path, names.map((name, i) => `${name} ${i % 11}`).join('\n'));
  return path;
}

it('has every video once in the end, whatever happens to workers, wires and the server', async () => {
  const data = await list();
  const results = join(folder, 'results');
  await using wire = await wireTo(server.port);
  const added = await run(
    ...[server.url, 'queue', 'add', 'evaluate', '--data', data, ...MODEL],
    ...['--results', results, '--per-job', '4', '--open-jobs', '4', '--json'],
  );
  expect(added).toMatchObject({ code: 0, err: '' });
  const { run: id } = JSON.parse(added.out) as { readonly run: string };

  const work = ['queue', 'work', '--results', results, '--lock', '2', '--threads', '1'];
  const workers = [1, 2, 3].map(() => start(wire.url, ...work));
  await using queue = await openQueue({ redis: server.url });
  const ended = async (count: number): Promise<void> => {
    while ((await queue.board.progress(id)).ended < count) await sleep(20);
  };
  await ended(4);
  workers[0]!.child.kill('SIGKILL');
  workers[1]!.child.kill('SIGSTOP');
  await ended(10);
  await wire.cut(3000);
  await ended(18);
  await server.stop();
  await sleep(500);
  await server.start();
  workers[1]!.child.kill('SIGCONT');

  const watched = await run(server.url, 'queue', 'watch', id);
  expect(watched.code).toBe(1);
  expect(watched.err).toContain(`run ${id}: done, 2 videos are broken\n`);
  for (const { child } of workers.slice(1)) child.kill('SIGTERM');
  const ends = await Promise.all(workers.map((worker) => worker.ended));
  expect(ends.map(({ code }) => code)).toEqual([137, 0, 0]);
  expect(ends[2]!.err).toContain('warning: the server is gone');
  expect(ends.map(({ err }) => err).join('')).toContain('a job whose worker does not answer');

  const place = join(results, 'runs', id);
  const shards = (await readdir(place)).filter((name) => name.includes('-of-'));
  const lines = await Promise.all(shards.map((name) => readFile(join(place, name), 'utf8')));
  const outcomes = lines
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as { readonly row: number; readonly error?: unknown });
  expect(outcomes.map(({ row }) => row).sort((a, b) => a - b)).toEqual(
    Array.from({ length: VIDEOS }, (_, row) => row),
  );
  expect(outcomes.filter(({ error }) => error).map(({ row }) => row)).toEqual([20, 21]);
  expect(await readdir(join(place, 'parts'))).toEqual([]);

  const alone = await run(server.url, 'evaluate', '--data', data, ...MODEL, '--json');
  const summary = `${alone.out.trimEnd().split('\n').at(-1)!}\n`;
  expect(await readFile(join(place, 'summary.json'), 'utf8')).toBe(summary);
  expect((await run(server.url, 'merge', results, '--json')).out).toBe(summary);
});

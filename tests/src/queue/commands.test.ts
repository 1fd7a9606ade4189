/** @file Runs of people in boxes by the built command: a queue comes to what one run comes to, byte for byte. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redisServer, type TestServer } from './redis-server.js';
import { run } from './slowfast-process.js';

const CLIP = fileURLToPath(new URL('../../../examples/media/five-frames.mp4', import.meta.url));
const MODEL = ['--model', 'slow-4x16-r50-ava', '--weights', 'initialised', '--size', '64'];
const NAMES = ['a.mp4', 'b.mp4', 'noise.mp4'];

let folder: string;
let clips: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-commands-'));
  clips = join(folder, 'clips');
  await mkdir(clips);
  await Promise.all(NAMES.map((name) => copyFile(CLIP, join(clips, name))));
  await writeFile(join(clips, 'noise.mp4'), 'no video');
  server = await redisServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('detect and evaluate --task ava', async () => {
  const [boxes, truth] = [join(folder, 'boxes.csv'), join(folder, 'truth.csv')];
  const rows = NAMES.map((name) => `${name.slice(0, -4)},900,0.1,0.1,0.5,0.9,,0.9`);
  await writeFile(boxes, rows.join('\n'));
  await writeFile(truth, 'a,900,0.1,0.1,0.5,0.9,80,1\nb,900,0.5,0.1,0.9,0.9,80,2\n');
  const commands = [
    ['detect', clips, '--people', 'whole-frame', '--width', '8', ...MODEL],
    [
      ...['evaluate', '--task', 'ava', '--data', truth, '--boxes', boxes, '--videos', clips],
      ...['--width', '8', ...MODEL],
    ],
  ];
  const results = join(folder, 'results');
  const clipHash = createHash('sha256')
    .update(await readFile(CLIP))
    .digest('hex');
  const ids: string[] = [];
  for (const command of commands) {
    const queued = ['queue', 'add', ...command, '--results', results, '--per-job', '2', '--json'];
    const added = await run(server.url, ...queued);
    expect(added).toMatchObject({ code: 0 });
    ids.push((JSON.parse(added.out) as { readonly run: string }).run);
  }
  const worked = await run(server.url, 'queue', 'work', '--results', results, '--until-empty');
  expect(worked.code).toBe(0);
  for (const [i, command] of commands.entries()) {
    const alone = await run(server.url, ...command, '--json');
    expect(alone.code).toBe(1);
    const file = join(results, 'runs', ids[i]!, i === 0 ? 'results.jsonl' : 'summary.json');
    expect(await readFile(file, 'utf8')).toBe(alone.out);
    const shard = await readFile(join(results, 'runs', ids[i]!, '1-of-2.jsonl'), 'utf8');
    const outcomes = shard
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly sha256: string });
    expect(outcomes.map(({ sha256 }) => sha256)).toEqual([clipHash, clipHash]);
    const merged = await run(server.url, 'merge', results, '--run', ids[i]!, '--json');
    expect(merged).toMatchObject({ code: 1, out: alone.out });
  }
});

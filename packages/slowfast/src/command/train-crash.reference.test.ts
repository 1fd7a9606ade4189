/** @file `slowfast train` ended by force in the middle of an epoch: `npm run build` makes what this runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeVideo } from '@slowfast/video';
import { slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SIDE = 32;

let folder: string;
beforeAll(async () => {
  await access(at('../../dist/command/train.js')).catch(() => {
    throw new Error('packages/slowfast/dist is missing: run `npm run build` before this test');
  });
  folder = await mkdtemp(join(tmpdir(), 'slowfast-crash-'));
  for (const i of [0, 1, 2, 3]) {
    await writeVideo(join(folder, `${i}.mp4`), frames(i), { width: SIDE, height: SIDE, fps: 30 });
  }
  await writeFile(join(folder, 'train.csv'), '0.mp4 0\n1.mp4 1\n2.mp4 0\n3.mp4 1\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* frames(brightness: number) {
  for (let t = 0; t < 8; t++) {
    const data = new Uint8Array(SIDE * SIDE * 3).fill(40 + 50 * brightness + t);
    yield { width: SIDE, height: SIDE, data };
  }
}

async function recipe(output: string): Promise<string> {
  const path = join(folder, `${output}.json`);
  const config = {
    name: 'small',
    output,
    backend: 'auto',
    data: { train: 'train.csv', frames: 4, stride: 1, size: SIDE, workers: 0 },
    model: { width: 4, alpha: 2, beta: 0.5 },
    train: { epochs: 2, batch: 1, schedule: { lr: 0.01 }, ema: 0.9 },
    checkpoint: { steps: 1 },
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const lines = async (run: string): Promise<string[]> => {
  const text = await readFile(join(folder, run, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
};
const steps = async (run: string): Promise<string[]> =>
  (await lines(run)).filter((line) => line.includes('"kind":"step"'));

it('loses no more than the step in hand when it is killed, and ends as if nothing had been', async () => {
  const killed = await recipe('killed');
  const args = [at('../../bin/slowfast.js'), 'train', killed];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = once(child, 'close');
  let over = false;
  void ended.then(() => (over = true));
  // In the second of two epochs of four steps.
  while ((await steps('killed')).length < 6 && !over) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  const done = (await steps('killed')).length;
  expect(done).toBeLessThan(8);

  expect(await slowfast('train', killed, '--resume')).toMatchObject({ code: 0 });
  expect(await slowfast('train', await recipe('whole'))).toMatchObject({ code: 0 });
  expect(await steps('killed')).toEqual(await steps('whole'));
  const weights = (run: string): Promise<Buffer> =>
    readFile(join(folder, run, 'final.safetensors'));
  const [resumed, uninterrupted] = await Promise.all([weights('killed'), weights('whole')]);
  expect(resumed.equals(uninterrupted)).toBe(true);
});

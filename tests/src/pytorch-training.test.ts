/** The exported training program as Python has it: its help, and what it says without its videos; the reference tests train by it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPython, PYTHON } from './python.js';
import { killAll, slowfast, start, writeRecipe } from './training-program.js';

const withTorch = (await hasPython(['torch', 'av', 'numpy'], 'torch av numpy')) ? it : it.skip;

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'slowfast-pytorch-'));
  await writeRecipe(work);
});
afterAll(async () => {
  killAll();
  await rm(work, { recursive: true, force: true });
});

withTorch('says how it is started, and what is wrong', async () => {
  const folder = join(work, 'cluster');
  await slowfast('export', '--training', join(work, 'recipe.json'), '--pytorch', folder);
  const run = (...args: readonly string[]) =>
    start(PYTHON, ['train.py', '--workers', '0', ...args], folder);
  const [help, lost] = await Promise.all([run('--help').ended, run('--videos', '/nowhere').ended]);
  expect([help.code, help.text]).toEqual([
    0,
    expect.stringContaining('torchrun --nproc-per-node 8 train.py'),
  ]);
  expect([lost.code, lost.text]).toEqual([
    1,
    expect.stringMatching(/expected its videos in \/nowhere, received none of 6[^]*--videos/),
  ]);
});

/** @file `slowfast ablate` trains, compares and goes on. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AblationSummary } from '../ablate/comparison.js';
import { ablationFolder } from './testing/ablation-folder.js';
import { slowfast } from './testing/run-slowfast.js';

let folder: string;
let specification: string;
beforeAll(async () => {
  folder = await ablationFolder();
  specification = join(folder, 'spec.yaml');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('trains what has no result, in shards and after an interruption, and writes table and picture', async () => {
  const first = await slowfast('ablate', specification, '--shard', '1/2', '--json');
  expect(first.err).toContain('run 1 of 2: model.fastInput=rgb, 09, seed 1\n');
  expect(first.code).toBe(0);
  expect(JSON.parse(first.out)).toMatchObject({ runs: 2, total: 4, metric: 'top1', unit: 'group' });
  const list = await slowfast('ablate', specification, '--list');
  expect(list.out.split('\n').map((line) => line.split('  ')[0])).toEqual(
    expect.arrayContaining(['done', 'to do', '']),
  );
  const second = await slowfast('ablate', specification, '--json');
  expect(second.err).not.toContain('run 1 of 4');
  // Each run says how far it is.
  expect(second.err.match(/^epoch 1\.0\/1 /gm)).toHaveLength(2);
  const { variants, ...summary } = JSON.parse(second.out) as AblationSummary;
  expect(summary).toMatchObject({ runs: 4, total: 4, folds: ['09', '10'], groups: 2, videos: 6 });
  expect(variants.map(({ name, runs }) => [name, runs])).toEqual([
    ['model.fastInput=rgb', 2],
    ['model.fastInput=grey', 2],
  ]);
  // A stem of one channel in place of three: 8·0.5 filters of 5×7×7.
  const [rgb, grey] = variants;
  expect(rgb!.parameters! - grey!.parameters!).toBe(4 * 2 * 5 * 49);
  expect(rgb!.comparison).toBeUndefined();
  // Two pairs cannot be told apart, and the table says so.
  expect(grey!.comparison!.probability).toBeGreaterThanOrEqual(0.5);
  const table = await readFile(join(folder, 'runs/ablation.md'), 'utf8');
  expect(table).toContain('With so few groups no difference, however large, can be told apart');
  expect(await readFile(join(folder, 'runs/ablation.svg'), 'utf8')).toContain(
    'model.fastInput=grey',
  );
  const [run] = await readdir(join(folder, 'runs/runs'));
  const kept = await readdir(join(folder, 'runs/runs', run!));
  expect(kept).toEqual(expect.arrayContaining(['evaluation.json', 'final.safetensors']));
  expect(kept.join(' ')).not.toContain('checkpoint');
  // Nothing is trained twice.
  const again = await slowfast('ablate', specification, '--report');
  expect(again.out).toBe(table);
  const train = await readFile(join(folder, 'runs/folds/1-09.train.csv'), 'utf8');
  expect(train.match(/_s10_/g)).toHaveLength(3);
  expect(train).not.toContain('_s09_');
});

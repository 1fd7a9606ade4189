/** @file `slowfast ablate` on the six clips of UT-Interaction, of two sequences, that the examples have. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AblationSummary } from '../ablate/comparison.js';
import { slowfast } from './testing/run-slowfast.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/ut-interaction/', import.meta.url));

let folder: string;
let specification: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-ablate-'));
  const clips = (await readdir(MEDIA)).filter((name) => name.endsWith('.avi')).sort();
  const lines = clips.map((name, i) => `${join(MEDIA, name)} ${i % 2}`);
  await writeFile(join(folder, 'clips.csv'), `${lines.join('\n')}\n`);
  const base = {
    name: 'tiny',
    output: 'never',
    data: { train: 'none.csv', frames: 4, stride: 4, size: 32, workers: 0 },
    model: { depth: 18, width: 8, alpha: 2, beta: 0.5, zeroInitialNorm: false },
    train: { epochs: 1, batch: 3, schedule: { lr: 0.001 }, optimizer: { kind: 'adamw' } },
    evaluate: { finalClips: 1 },
  };
  await writeFile(join(folder, 'base.json'), JSON.stringify(base));
  specification = await written('spec.yaml', SPEC);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SPEC = `
name: Fast input
output: runs
base: base.json
grid:
  model.fastInput: [rgb, grey]
seeds: [1]
folds: { list: clips.csv, group: '_s(\\d\\d)_' }
`;

async function written(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

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
  // Nothing is trained twice.
  const again = await slowfast('ablate', specification, '--report');
  expect(again.out).toBe(table);
  const train = await readFile(join(folder, 'runs/folds/1-09.train.csv'), 'utf8');
  expect(train.match(/_s10_/g)).toHaveLength(3);
  expect(train).not.toContain('_s09_');
});

test.each([
  [SPEC.replace('seeds: [1]', 'seeds: [one]'), 'seeds[0]: expected a whole number'],
  [SPEC.replace('fastInput', 'fastinput'), 'model.fastinput: expected a key that there is'],
  [
    SPEC.replace('grey', 'gray'),
    'model.fastInput=gray: model.fastInput: expected one of rgb, grey',
  ],
  [SPEC.replace('_s(\\d\\d)_', 'x(\\d)'), 'a pattern that is in every path'],
  [SPEC.replace('_s(\\d\\d)_', 'avi'), 'expected a pattern that tells at least two groups apart'],
  [SPEC.replace('_s(\\d\\d)_', '_s(\\d'), 'folds.group: expected a regular expression'],
  [SPEC.replace(' }\n', ', count: 3 }\n'), 'folds.count: expected no more folds than the list has'],
  [
    `${SPEC}baseline: nobody\n`,
    'baseline: expected one of model.fastInput=rgb, model.fastInput=grey',
  ],
  [
    SPEC.replace(/grid:\n.*\n/, ''),
    'expected variants of different names, or a grid, received neither',
  ],
])('refuses what makes no sense: %#', async (text, message) => {
  const { code, err } = await slowfast('ablate', await written('wrong.yaml', text));
  expect(code).toBe(1);
  expect(err).toContain(message);
});

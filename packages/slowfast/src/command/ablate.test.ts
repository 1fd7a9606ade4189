/** @file What `slowfast ablate` would train, and what it refuses; the reference tests train. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ablationFolder, SPEC } from './testing/ablation-folder.js';
import { slowfast } from './testing/run-slowfast.js';

let folder: string;
let specification: string;
beforeAll(async () => {
  folder = await ablationFolder();
  specification = join(folder, 'spec.yaml');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('lists what there is to train, and trains nothing', async () => {
  const { code, out } = await slowfast('ablate', specification, '--list');
  expect(code).toBe(0);
  const runs = out.split('\n').filter((line) => line.startsWith('to do'));
  expect(runs).toHaveLength(4);
  expect(runs[0]).toContain('model.fastInput=rgb');
});

test.each([
  [SPEC.replace('seeds: [1]', 'seeds: [one]'), 'seeds[0]: expected a whole number'],
  [SPEC.replace('fastInput', 'fastinput'), 'model.fastinput: expected a key that there is'],
  [
    SPEC.replace('grey', 'gray'),
    'model.fastInput=gray: model.fastInput: expected one of rgb, grey',
  ],
  [
    SPEC.replace('grey', 'half').replace('seeds', '  data.size: [48]\nseeds'),
    'data.size=48: lateral[fast->slow].res4: expected H = 3 of slow.res4 to be a multiple',
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
  const wrong = join(folder, 'wrong.yaml');
  await writeFile(wrong, text);
  const { code, err } = await slowfast('ablate', wrong);
  expect(code).toBe(1);
  expect(err).toContain(message);
});

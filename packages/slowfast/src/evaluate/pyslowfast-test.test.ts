import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pySlowFastTest } from './pyslowfast-test.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-test-list-'));
  for (const name of ['test.csv', 'val.csv', 'something-something-v2-validation.json']) {
    await writeFile(join(folder, name), '');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['kinetics', 'test.csv', ''],
  ['Charades', 'val.csv', ''],
  ['ptvcharades', 'test.csv', ''],
  ['ssv2', 'something-something-v2-validation.json', 'val.csv'],
  ['Ptvssv2', 'something-something-v2-validation.json', 'val.csv'],
])('%s is tested with %s, as its loader does', async (dataset, list, pictures) => {
  const config = join(folder, 'config.yaml');
  await writeFile(config, `TEST: {DATASET: ${dataset}}\nDATA: {PATH_TO_DATA_DIR: '${folder}'}\n`);
  const test = await pySlowFastTest(config);
  expect(test.data).toBe(join(folder, list));
  expect(test.pictures).toBe(pictures === '' ? undefined : join(folder, pictures));
});

/** @file `slowfast export --triton`: what lies in the repository; tests/src has Triton's own reading of it. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOnnx } from '@slowfast/runtime-onnx';
import { slowfast } from './testing/run-slowfast.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-triton-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('writes a model that runs, and what clients need of it', async () => {
  const repository = join(folder, 'models');
  const { code, out } = await slowfast(...['export', '--triton', repository, '--max-batch', '4']);
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/^slowfast-ut-interaction → .*models \(\d\.\d MiB\)\n$/),
  });
  const model = join(repository, 'slowfast-ut-interaction');
  expect((await readdir(model, { recursive: true })).sort()).toEqual(
    ['1', '1/model.onnx', 'config.pbtxt', 'labels.txt', 'preprocessing.json'].sort(),
  );
  await using loaded = await loadOnnx(join(model, '1', 'model.onnx'));
  const labels = await readFile(join(model, 'labels.txt'), 'utf8');
  expect(labels.trimEnd().split('\n')).toEqual(loaded.metadata.labels);
  const preprocessing: unknown = JSON.parse(
    await readFile(join(model, 'preprocessing.json'), 'utf8'),
  );
  expect(preprocessing).toEqual(loaded.metadata.preprocessing);
  expect(await readFile(join(model, 'config.pbtxt'), 'utf8')).toContain('max_batch_size: 4\n');
});

it.each([
  [
    [],
    'expected --output with a file, or --triton, --pytorch or --pyslowfast with a folder, received none',
  ],
  [
    ['-o', 'a.onnx', '--triton', 'models'],
    'expected --output with a file, or --triton, --pytorch or --pyslowfast with a folder, received several',
  ],
  [['-o', 'a.onnx', '--max-batch', '4'], '--max-batch: belongs to --triton, received without it'],
])('refuses %j', async (args, message) => {
  expect(await slowfast('export', ...args)).toEqual({
    code: 2,
    out: '',
    err: `error: ${message}\n`,
  });
});

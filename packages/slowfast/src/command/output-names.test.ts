import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputNames } from './output-names.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-names-'));
  for (const name of ['a/x', 'b/x']) await mkdir(join(folder, name), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['a file has its name', ['a/v.mp4'], ['a/v.mp4'], ['v']],
  ['a folder is mirrored', ['a'], ['a/v.mp4', 'a/x/v.mp4'], ['v', 'x/v']],
  [
    'folders are told apart where they have to be',
    ['a', 'b'],
    ['a/v.mp4', 'b/v.mp4'],
    ['a/v', 'b/v'],
  ],
  ['files, too', ['a/v.mp4', 'b/v.mp4'], ['a/v.mp4', 'b/v.mp4'], ['a/v', 'b/v']],
  ['a file named twice is one', ['a/v.mp4', 'a/v.mp4'], ['a/v.mp4', 'a/v.mp4'], ['v', 'v']],
  ['extensions tell the rest', ['a'], ['a/v.mp4', 'a/V.avi'], ['v.mp4', 'V.avi']],
])('%s', async (_, paths, files, expected) => {
  const at = (names: readonly string[]): string[] => names.map((name) => join(folder, name));
  expect(await outputNames(at(paths), at(files))).toEqual(expected);
});

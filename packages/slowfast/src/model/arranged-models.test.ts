/** @file Arranged models in a folder: found again, damaged, not ours, too many; the reference tests compare outputs. */
import { chmod, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrangedFolder, arrangedModels, clearArranged } from './arranged-models.js';
import { modelCacheLimit } from './model-cache-limit.js';

const environment = { ...process.env };
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slowfast-arranged-'));
  process.env['SLOWFAST_CACHE'] = root;
  process.env['SLOWFAST_MODEL_CACHE'] = '1G';
});
afterEach(async () => {
  process.env = { ...environment };
  await chmod(root, 0o700);
  await rm(root, { recursive: true, force: true });
});

const file = (text: string) => (folder: string) => writeFile(join(folder, 'a.bin'), text);
const put = (key: string, text = key, limit?: number): Promise<string | undefined> =>
  arrangedModels('model', limit === undefined ? {} : { limit }).put(key, file(text));
const get = (key: string): Promise<string | undefined> => arrangedModels('model').get(key);

test('what is kept is found by its key, as it was written', async () => {
  expect(await get('a')).toBeUndefined();
  const folder = await put('a');
  expect(await get('a')).toBe(folder);
  expect(await readFile(join(folder!, 'a.bin'), 'utf8')).toBe('a');
  expect((await stat(folder!)).mode & 0o777).toBe(0o700);
  // Another process that was slower takes what is there.
  expect(await put('a', 'b')).toBe(folder);
  expect(await readFile(join(folder!, 'a.bin'), 'utf8')).toBe('a');
  expect(await readdir(arrangedFolder())).toEqual(['a']);
});

test.each<[string, (path: string) => Promise<unknown>]>([
  ['cut off', (path) => writeFile(path, '')],
  ['changed', (path) => writeFile(path, 'b')],
  ['gone', (path) => rm(path)],
])('a file that is %s is noticed, and removed', async (_, damage) => {
  const folder = await put('a');
  await damage(join(folder!, 'a.bin'));
  expect(await get('a')).toBeUndefined();
  expect(await readdir(arrangedFolder())).toEqual([]);
});

test('a copy with other times is held against its hash', async () => {
  const folder = await put('a');
  await utimes(join(folder!, 'a.bin'), 1, 1);
  expect(await get('a')).toBe(folder);
});

test('folders that others may write to are not trusted', async () => {
  const folder = await put('a');
  await chmod(folder!, 0o750);
  expect(await get('a')).toBeUndefined();
  await chmod(folder!, 0o700);
  await chmod(arrangedFolder(), 0o770);
  expect([await get('a'), await put('b')]).toEqual([undefined, undefined]);
});

test('those that were not used for the longest go', async () => {
  await put('a', '12345678', 20);
  await put('b', '12345678', 20);
  for (const [key, at] of [
    ['a', 2000],
    ['b', 1000],
  ] as const) {
    await utimes(join(arrangedFolder(), key, 'entry.json'), at, at);
  }
  await put('c', '12345678', 20);
  expect((await readdir(arrangedFolder())).sort()).toEqual(['a', 'c']);
  expect(await put('d', 'more than twenty bytes', 20)).toBeUndefined();
  expect((await clearArranged()).map(({ bytes }) => bytes)).toEqual([8, 8]);
  expect(await readdir(arrangedFolder())).toEqual([]);
});

test('what failed leaves nothing', async () => {
  const failing = arrangedModels('model').put('a', () => Promise.reject(new Error('full')));
  await expect(failing).rejects.toThrow('full');
  expect(await readdir(arrangedFolder())).toEqual([]);
});

test('weights of a version are read once', async () => {
  let reads = 0;
  const hash = async (): Promise<string> => `${reads++}`.padStart(64, '0');
  const of = (weightsVersion: string, tensors = 'all') =>
    arrangedModels('model', { weightsVersion }).weightsHash!(tensors, hash);
  const [first] = [await of('1'), await of('1')];
  expect([await of('1'), reads]).toEqual([first, 1]);
  await of('2');
  await of('1', 'some');
  expect(reads).toBe(3);
});

test.each([
  [undefined, 4 * 2 ** 30],
  ['0', 0],
  ['500M', 500 * 2 ** 20],
  ['8GiB', 8 * 2 ** 30],
])('SLOWFAST_MODEL_CACHE=%s: %d bytes', (text, bytes) => {
  expect(modelCacheLimit({ SLOWFAST_MODEL_CACHE: text })).toBe(bytes);
});

test('a limit that is none is refused', () => {
  expect(() => modelCacheLimit({ SLOWFAST_MODEL_CACHE: 'much' })).toThrow(
    "SLOWFAST_MODEL_CACHE: expected a number of bytes, such as 500M or 8G, or 0, received 'much'.",
  );
});

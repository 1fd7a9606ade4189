import { readFile } from 'node:fs/promises';
import { fileText } from '@slowfast/core';
import { parseClassNames, parseClipList, readClipList, type ParseListOptions } from '../index.js';

const CASES = new URL('goldens/', import.meta.url).pathname;
const classesOf = async (file: string): Promise<readonly string[]> =>
  parseClassNames(await fileText(`${CASES}labels/${file}`), file);
const read = async (file: string, options: ParseListOptions = {}): Promise<unknown> => {
  const { clips, multiLabel, notes } = parseClipList(await fileText(`${CASES}lists/${file}`), {
    name: file,
    ...options,
  });
  return { clips: clips.map(({ path, labels }) => [path, labels]), multiLabel, notes };
};

test('several classes with blanks between', async () => {
  expect(await read('mmmulti.txt')).toEqual({
    clips: [
      ['vids/a.mp4', [1, 2]],
      ['vids/b.mp4', [0, 3]],
    ],
    multiLabel: true,
  });
});

test('a header', async () => {
  expect(await read('header.csv')).toEqual({
    clips: [
      ['vids/a.mp4', [0]],
      ['vids/b.mp4', [1]],
    ],
    multiLabel: false,
  });
});

test('names in place of numbers, where they are known', async () => {
  expect(await read('names.csv', { classes: await classesOf('names.json') })).toMatchObject({
    clips: [
      ['vids/a.mp4', [0]],
      ['vids/b.mp4', [1]],
    ],
  });
  await expect(read('names.csv')).rejects.toThrow(
    "names.csv:1: expected a path and a class number, such as videos/a.mp4 0, received 'vids/a.mp4 handshake'. " +
      'For names in place of numbers, give the class names.',
  );
});

test("UCF-101's test list with its class names, and by its name without them", async () => {
  expect(await read('ucf_test.txt', { classes: await classesOf('classInd.txt') })).toMatchObject({
    clips: [['ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi', [0]]],
  });
  await expect(read('ucf_test.txt')).rejects.toThrow(
    'ucf_test.txt:1: expected a path and a class number, such as videos/a.mp4 0, received a path alone, as in a test list of UCF-101',
  );
});

test("Charades' own CSV", async () => {
  expect(await read('charades.csv')).toEqual({
    clips: [['46GP8.mp4', [92, 147]]],
    multiLabel: true,
  });
});

test('a class that no data set has, in any list', async () => {
  // It holds a NUL, too, for which it is refused before it is read.
  const path = `${CASES}lists/charades-class-1e20.txt`;
  await expect(readClipList(path)).rejects.toThrow('received binary data in line 3.');
  const text = await readFile(path, 'utf8');
  expect(() => parseClipList(text, { name: 'charades-class-1e20.txt' })).toThrow(
    'charades-class-1e20.txt:3: expected class numbers below 100000, received 99999999999999999999.',
  );
  expect(() => parseClipList('a.mp4 0\nb.mp4 99999999999')).toThrow(
    'list:2: expected class numbers below 100000, received 99999999999.',
  );
});

test('Something-Something V2', async () => {
  const label = 'Holding something next to something';
  expect(await read('ssv2.json', { classes: ['x', label] })).toMatchObject({
    clips: [['78687.webm', [1]]],
  });
  await expect(read('ssv2.json', { classes: ['x'] })).rejects.toThrow(
    `ssv2.json[0]: expected one of the 1 class names, received '${label}'.`,
  );
});

const CLASSES = ['bow', 'riding a bike', 'riding a bike uphill', '7'];
test.each([
  ['a b.mp4 riding a bike', ['a b.mp4', [1]]],
  ['a.mp4, riding a bike uphill', ['a.mp4', [2]]],
  ['"a, b.mp4" riding a bike', ['a, b.mp4', [1]]],
  ['a.mp4 "bow"', ['a.mp4', [0]]],
  ['bow/a.mp4', ['bow/a.mp4', [0]]],
  ['videos/bow/a b.mp4', ['videos/bow/a b.mp4', [0]]],
  ['a.mp4 3', ['a.mp4', [3]]],
  ['"a.mp4" 1 2', ['a.mp4', [1, 2]]],
  ['video_name label\na.mp4 2', ['a.mp4', [2]]],
  ['split,"file","class"\ntrain,"a, b.mp4",bow', ['a, b.mp4', [0]]],
])('%j', (text, clip) => {
  const { clips } = parseClipList(text, { classes: CLASSES });
  expect(clips.map(({ path, labels }) => [path, labels])).toEqual([clip]);
});

test.each([
  [
    'a.mp4 "ride a bike"',
    "expected a number, or one of the 4 class names, received 'ride a bike'. The nearest are riding a bike",
  ],
  ['path,label\na.mp4', 'list:2: expected 2 fields, a path among them, received 1.'],
  [
    'path,label\na.mp4,bov',
    "list:2: expected a number, or one of the 4 class names, received 'bov'.",
  ],
  ['{"database": {}}', 'received the JSON of ActivityNet.'],
  ['{"x": {"annotations": {}}}', 'received the JSON of Kinetics, whose CSV is read.'],
  ['[{"id": "1"}]', 'received an entry 0 without id and template.'],
])('refuses %j', (text, message) => {
  expect(() => parseClipList(text, { classes: CLASSES })).toThrow(message);
});

test('numbers from 1: a note, and where the folders prove it the numbers that are meant', () => {
  const text = 'bow/a.mp4 1\nwave/b.mp4 2';
  expect(parseClipList(text)).toMatchObject({
    clips: [{ labels: [1] }, { labels: [2] }],
    notes: ['no clip has class 0: class numbers are counted from 0, and these may begin at 1'],
  });
  expect(parseClipList(text, { classes: ['bow', 'wave'] })).toMatchObject({
    clips: [{ labels: [0] }, { labels: [1] }],
    notes: ['the class numbers begin at 1, as the folders show: 1 is taken off each'],
  });
  expect(parseClipList('a/a.mp4 0\nb/b.mp4 1').notes).toBeUndefined();
});

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLabels, parseClipList, readClipList } from '../index.js';
import { clipListFormat } from './parse-list.js';
import { parseCharades } from './charades.js';
import { withPictures } from './frame-list.js';
import { parseKineticsCsv } from './kinetics-csv.js';
import { classesNeeded, parsePathLabels } from './path-labels.js';

describe('path label lists', () => {
  const pairs = (text: string, options = {}): unknown[] =>
    parsePathLabels(text, options).clips.map(({ path, labels }) => [path, labels]);

  it.each([
    ['videos/a.avi 0', ['videos/a.avi', [0]]],
    ['videos/a.avi,12', ['videos/a.avi', [12]]],
    ['videos/a.avi, 12 ', ['videos/a.avi', [12]]],
    ['videos/a.avi\t3', ['videos/a.avi', [3]]],
    ['my videos/a b.avi 3', ['my videos/a b.avi', [3]]],
    ['my videos/a, b.avi,3', ['my videos/a, b.avi', [3]]],
    ['"my videos/a 1.avi" 3', ['my videos/a 1.avi', [3]]],
    ['"with ""quotes"", 7",3', ['with "quotes", 7', [3]]],
    ['clip 2 3', ['clip 2', [3]]],
    ['a.avi 1,4,7', ['a.avi', [1, 4, 7]]],
    ['a.avi "1, 4"', ['a.avi', [1, 4]]],
    ['a.avi ""', ['a.avi', []]],
    ['a.avi,1,4', ['a.avi', [1, 4]]],
    ['C:\\videos\\ä 日本.avi 5', ['C:\\videos\\ä 日本.avi', [5]]],
  ])('%j', (line, expected) => {
    expect(pairs(line)).toEqual([expected]);
  });

  it('takes byte order marks, line ends of every system and blank lines', () => {
    const { clips, multiLabel } = parsePathLabels('\uFEFFa 0\r\n\r\nb 1\rc 2\n \n');
    expect(clips.map(({ path, line }) => [path, line])).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 4],
    ]);
    expect(multiLabel).toBe(false);
  });

  it('keeps to a separator, and finds out about several labels', () => {
    expect(pairs('a,1 2', { separator: 'space' })).toEqual([['a,1', [2]]]);
    expect(pairs('a 1,2', { separator: 'comma' })).toEqual([['a 1', [2]]]);
    expect(parsePathLabels('a 1\nb 1,2').multiLabel).toBe(true);
    expect(parsePathLabels('a 1', { labels: 'multi' }).multiLabel).toBe(true);
  });

  it.each([
    [
      'a 0\nb.avi',
      {},
      "list:2: expected a path and a class number, such as videos/a.mp4 0, received 'b.avi'.",
    ],
    [
      'a handshake',
      {},
      "list:1: expected a path and a class number, such as videos/a.mp4 0, received 'a handshake'.",
    ],
    [
      'a 1.5',
      {},
      "list:1: expected a path and a class number, such as videos/a.mp4 0, received 'a 1.5'.",
    ],
    ['a -1', {}, 'list:1: expected class numbers of 0 or more, received -1.'],
    [
      'a 1\nb 1,2',
      { labels: 'single', name: 'train.csv' },
      'train.csv:2: expected one class number, received 2 of them.',
    ],
    ['\n\n', {}, 'list: expected a list with at least one clip, received none.'],
    [
      `${'x'.repeat(20_000)}`,
      {},
      `list:1: expected a path and a class number, such as videos/a.mp4 0, received '${'x'.repeat(79)}….`,
    ],
  ] as const)('refuses %j', (text, options, message) => {
    expect(() => parsePathLabels(text, options)).toThrow(message);
  });

  it('takes columns by a header between tabs', () => {
    const { clips } = parsePathLabels('label\tvideo_path\n1\ta b.mp4\n0\t"c.mp4"');
    expect(clips.map(({ path, labels }) => [path, labels])).toEqual([
      ['a b.mp4', [1]],
      ['c.mp4', [0]],
    ]);
  });

  it('does not guess which of two classes of one name is meant', () => {
    const classes = ['clap', 'wave', 'clap'];
    expect(parsePathLabels('a.mp4 wave', { classes }).clips[0]!.labels).toEqual([1]);
    expect(() => parsePathLabels('a.mp4 wave\nb.mp4 clap', { classes })).toThrow(
      "list:2: expected the name of one class, received 'clap', the name of classes 0 and 2.",
    );
  });

  it('counts classes, and names the line whose class is too high', () => {
    const list = parsePathLabels('a 0\nb 5\nc 2', { name: 'train.csv' });
    expect(classesNeeded(list)).toBe(6);
    expect(() => checkLabels(list, 6)).not.toThrow();
    expect(() => checkLabels(list, 5)).toThrow(
      'train.csv:2: expected class numbers from 0 to 4, received 5.',
    );
  });
});

describe('lists of other forms', () => {
  const hmdb = 'April_09_brush_hair_u_nm_np1_ba_goo_0.avi';
  const frames = "a list of folders of frames, as mmaction2's rawframes";
  it.each([
    [`${hmdb} 1\n${hmdb} 2\n${hmdb} 0 \n`, 'a split of HMDB-51'],
    ['some/directory-1 163 1\nsome/directory-2 122 1\n', frames],
    ['rawframes/v_Archery_g01_c01 163 1 4\nrawframes/v_Archery_g01_c02 20 0\n', frames],
  ])('are refused by their name: %.40j', (text, form) => {
    const [line] = text.split('\n');
    expect(() => parseClipList(text, { name: 'list.txt' })).toThrow(
      'list.txt:1: expected a path and',
    );
    expect(() => parseClipList(text)).toThrow(form.slice(0, 20));
    expect(() => parseClipList(text)).toThrow(line!.slice(0, 40));
  });

  it.each([
    [`brush_hair/${hmdb} 1\n`, [1]],
    ['a.avi 1\nb.avi 2\nc.avi 0\n', [1]],
    ['a.mp4 1 2\nb.mp4 0 3\n', [1, 2]],
    ['folder/clip 12\n', [12]],
    ['my clip 12 3\n', [3]],
  ])('that only look like them are read: %.40j', (text, labels) => {
    expect(parseClipList(text).clips[0]!.labels).toEqual(labels);
  });

  it('name the line of a class that no data set has', () => {
    expect(() => parseClipList('a.mp4 1\nb.mp4 99999999999999999999\n', { name: 'l' })).toThrow(
      'l:2: expected class numbers below 100000, received 99999999999999999999',
    );
  });
});

describe('Kinetics CSV', () => {
  const text = [
    'label,youtube_id,time_start,time_end,split',
    'testifying,---QUuC4vJs,84,94,validate',
    '"celebrating, loudly",--3ouPhoy2A,20,30,train',
    'archery,-0IErS_cisg,5.5,15,train',
  ].join('\n');

  it('names the files as download scripts do, and numbers the classes by name', () => {
    const { clips, classes } = parseKineticsCsv(text);
    expect(classes).toEqual(['archery', 'celebrating, loudly', 'testifying']);
    expect(clips).toEqual([
      { path: '---QUuC4vJs_000084_000094.mp4', labels: [2], line: 2 },
      { path: '--3ouPhoy2A_000020_000030.mp4', labels: [1], line: 3 },
      { path: '-0IErS_cisg_000005_000015.mp4', labels: [0], line: 4 },
    ]);
  });

  it('takes one split, other names and given classes', () => {
    const classes = ['x', 'celebrating, loudly', 'archery'];
    const list = parseKineticsCsv(text, { split: 'train', pattern: '{label}/{id}.webm', classes });
    expect(list.clips.map(({ path, labels }) => [path, labels])).toEqual([
      ['celebrating, loudly/--3ouPhoy2A.webm', [1]],
      ['archery/-0IErS_cisg.webm', [2]],
    ]);
  });

  it.each([
    [
      'label,youtube_id\na,b',
      {},
      "list:1: expected a header with label, youtube_id, time_start, time_end, received 'label,youtube_id'.",
    ],
    [`${text}\nx,y,1`, {}, 'list:5: expected 5 fields, received 3.'],
    [`${text}\nx,y,soon,2,train`, {}, "list:5: expected a time in seconds, received 'soon'."],
    [`${text}\n"x,y,1,2,train`, {}, `list:5: expected a closing quote, received '"x,y,1,2,train'.`],
    [
      text,
      { split: 'test' },
      "list: expected lines of the split 'test', received only 'validate', 'train'.",
    ],
    [
      text,
      { classes: ['a'] },
      "list:2: expected one of the 1 classes given, received 'testifying'.",
    ],
  ] as const)('refuses a wrong one', (csv, options, message) => {
    expect(() => parseKineticsCsv(csv, options)).toThrow(message);
  });
});

describe('Charades frame lists', () => {
  const text = [
    'original_vido_id video_id frame_id path labels',
    '46GP8 0 1 46GP8/46GP8-000002.jpg "11,5"',
    '46GP8 0 0 46GP8/46GP8-000001.jpg ""',
    'N11GT 1 0 N11GT/N11GT-000001.jpg "5"',
  ].join('\n');

  it('make one clip a video, frames in order, classes of all of them', () => {
    expect(parseCharades(text)).toEqual({
      name: 'list',
      multiLabel: true,
      clips: [
        {
          path: '46GP8',
          labels: [5, 11],
          line: 2,
          frames: [
            { path: '46GP8/46GP8-000001.jpg', labels: [] },
            { path: '46GP8/46GP8-000002.jpg', labels: [11, 5] },
          ],
        },
        {
          path: 'N11GT',
          labels: [5],
          line: 4,
          frames: [{ path: 'N11GT/N11GT-000001.jpg', labels: [5] }],
        },
      ],
    });
  });

  it('are of videos with a pattern, and have names of their own where pictures of several are in one folder', () => {
    const paths = (list: string, options = {}): unknown =>
      parseCharades(list, options).clips.map(({ path, frames }) => [path, frames?.length]);
    expect(paths(text, { pattern: 'v/{id}.mp4' })).toEqual([
      ['v/46GP8.mp4', undefined],
      ['v/N11GT.mp4', undefined],
    ]);
    expect(paths(text.replaceAll(/ \w+\//g, ' all/'))).toEqual([
      ['all/46GP8', 2],
      ['all/N11GT', 1],
    ]);
  });

  it.each([
    [`${text}\nA 2 x a.jpg ""`, "list:5: expected a frame number, received 'x'."],
    [`${text}\nA 2 0 a.jpg "5,b"`, "list:5: expected class numbers of 0 or more, received 'b'."],
    [`${text}\nA 2 0 a.jpg`, 'list:5: expected 5 fields, received 4.'],
  ])('refuse a wrong line', (csv, message) => {
    expect(() => parseCharades(csv)).toThrow(message);
  });

  it('give the pictures of clips whose classes are in another list', () => {
    const entries = ['N11GT', 'XXXXX', '46GP8'].map((id) => ({ id, template: `Taking [${id}]` }));
    const list = parseClipList(JSON.stringify(entries), { name: 'train.json' });
    const { clips, notes, multiLabel } = withPictures(list, text, 'train.csv');
    expect(multiLabel).toBe(false);
    expect(clips.map(({ path, labels, frames }) => [path, labels, frames?.length])).toEqual([
      ['N11GT', [1], 1],
      ['46GP8', [0], 2],
    ]);
    expect(clips[0]!.frames![0]).toEqual({ path: 'N11GT/N11GT-000001.jpg', labels: [1] });
    expect(notes).toEqual(['1 of 3 clips have no pictures in train.csv, such as XXXXX: left out']);
    expect(() => withPictures(parseClipList('a.mp4 0'), text, 'train.csv')).toThrow(
      'train.csv: expected pictures of the 1 clips of list, received those of 2 others. ' +
        'Its first column has the names of the clips.',
    );
  });

  it('are told from other lists by their header', () => {
    expect(clipListFormat(text)).toBe('charades');
    expect(clipListFormat('label,youtube_id,time_start,time_end,split')).toBe('kinetics');
    expect(clipListFormat('"label","youtube_id"')).toBe('kinetics');
    expect(clipListFormat('label.avi 0')).toBe('path-label');
    expect(parseClipList(text).clips).toHaveLength(2);
    expect(parseClipList('a 0', { format: 'path-label' }).clips).toHaveLength(1);
  });
});

describe('readClipList', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-lists-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  it('takes paths relative to the list, or to a prefix', async () => {
    const shipped = fileURLToPath(
      new URL('../../../../examples/media/ut-interaction/test.csv', import.meta.url),
    );
    const { clips, multiLabel } = await readClipList(shipped);
    expect(clips.map(({ labels }) => labels[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(clips[0]!.path).toBe(shipped.replace('test.csv', 'handshake_s09_c52.avi'));
    expect(multiLabel).toBe(false);
    const list = await write('one.csv', 'a.avi 0');
    expect((await readClipList(list, { prefix: join(folder, 'x') })).clips[0]!.path).toBe(
      join(folder, 'x', 'a.avi'),
    );
  });

  it('keeps paths below a root, also where a link leads out of it', async () => {
    const root = join(folder, 'root');
    const outside = join(folder, 'outside');
    await mkdir(root);
    await mkdir(outside);
    await writeFile(join(outside, 'a.avi'), 'x');
    await symlink(outside, join(root, 'link'));
    const list = await write('rooted.csv', 'root/..a.avi 0\nroot/b/../c.avi 1');
    expect((await readClipList(list, { root })).clips).toHaveLength(2);
    const leaving = await write('leaving.csv', 'root/a.avi 0\nroot/../b.avi 1');
    await expect(readClipList(leaving, { root })).rejects.toThrow(
      `${leaving}:2: expected a path inside ${root}, received '${join(folder, 'b.avi')}'.`,
    );
    const linked = await write('linked.csv', 'root/link/a.avi 0');
    await expect(readClipList(linked, { root })).rejects.toThrow(
      `${linked}:1: expected a path inside`,
    );
  });

  it('takes one folder for each class', async () => {
    for (const path of ['wave/b.mp4', 'clap/deep/a.AVI', 'wave/notes.txt', '.hidden/c.mp4']) {
      await mkdir(join(folder, 'classes', path, '..'), { recursive: true });
      await writeFile(join(folder, 'classes', path), 'x');
    }
    const list = await readClipList(join(folder, 'classes'));
    expect(list.classes).toEqual(['clap', 'wave']);
    expect(list.clips).toEqual([
      { path: join(folder, 'classes/clap/deep/a.AVI'), labels: [0], line: 0 },
      { path: join(folder, 'classes/wave/b.mp4'), labels: [1], line: 0 },
    ]);
    // Another split without some of the classes: they keep their numbers.
    const classes = ['bow', 'clap', 'jump', 'wave'];
    const numbered = await readClipList(join(folder, 'classes'), { classes });
    expect(numbered.classes).toEqual(classes);
    expect(numbered.clips.map(({ labels }) => labels)).toEqual([[1], [3]]);
    await expect(
      readClipList(join(folder, 'classes'), { classes: ['clap', 'waves'] }),
    ).rejects.toThrow(
      `${join(folder, 'classes')}: expected folders named as the 2 classes are, received 'wave'. The nearest are waves, clap.`,
    );
    await mkdir(join(folder, 'empty/one'), { recursive: true });
    await expect(readClipList(join(folder, 'empty'))).rejects.toThrow(
      `${join(folder, 'empty')}: expected a folder with one folder of videos for each class, received 1 folders without videos.`,
    );
  });

  it('says what cannot be read', async () => {
    const nowhere = join(folder, 'nowhere.csv');
    await expect(readClipList(nowhere)).rejects.toThrow(
      `${nowhere}: expected a list of clips, or a folder with one folder for each class, received a path where nothing is.`,
    );
    const binary = await write('video.csv', 'RIFF\0\0\0');
    await expect(readClipList(binary)).rejects.toThrow(
      `${binary}: expected a text file with a list of clips, received binary data in line 1.`,
    );
  });
});

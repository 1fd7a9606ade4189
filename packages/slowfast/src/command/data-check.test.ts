import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slowfast } from './testing/run-slowfast.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/', import.meta.url));
const LIST = join(MEDIA, 'ut-interaction/test.csv');

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-data-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('data check', () => {
  it('says that a list is well, with its classes', async () => {
    const labels = join(folder, 'labels.txt');
    await writeFile(labels, 'handshake\nhug\nkick\npoint\npunch\npush\n');
    const { code, out, err } = await slowfast('data', 'check', LIST, '--labels', labels);
    expect(out).toBe(
      [
        `${LIST}: 6 clips in 6 files; 87 to 139 frames, 2.9 to 4.63 s, 22 s altogether`,
        '',
        'class  clips  name',
        '    0      1  handshake',
        '    1      1  hug',
        '    2      1  kick',
        '    3      1  point',
        '    4      1  punch',
        '    5      1  push',
        '',
        'No problems.',
        '',
      ].join('\n'),
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('fails for problems, and only notes what is harmless', async () => {
    await copyFile(join(MEDIA, 'five-frames.mp4'), join(folder, 'a.mp4'));
    await copyFile(join(MEDIA, 'five-frames.mp4'), join(folder, 'b.mp4'));
    const train = join(folder, 'train.csv');
    const test = join(folder, 'test.csv');
    await writeFile(train, 'a.mp4 0\nnone.mp4 1\n');
    await writeFile(test, 'b.mp4 0\n');
    const checked = await slowfast('data', 'check', train, '--other', test, '--json');
    expect(checked).toMatchObject({ code: 1, err: '' });
    const report = JSON.parse(checked.out) as Record<'problems' | 'notes', { kind: string }[]>;
    expect(report).toMatchObject({ clips: 2, counts: [1, 1], ok: false });
    expect(report.problems.map(({ kind }) => kind)).toEqual(['leak', 'missing']);
    expect(report.notes.map(({ kind }) => kind)).toEqual(['short']);
    expect((await slowfast('data', 'check', test)).code).toBe(0);
    const short = await slowfast('data', 'check', test, '--clip', '8x2@30');
    expect(short.code).toBe(1);
    expect(short.out).toContain(
      `  short      line 1  ${join(folder, 'b.mp4')}: 5 frames at 30 fps (0.17 s) are fewer than a clip of 8 x 2 at 30 fps (0.53 s).\n\n1 problem.\n`,
    );
  });

  it('refuses a list of files of joints', async () => {
    const list = join(folder, 'joints.csv');
    await writeFile(list, 'joints/a.json 0\n');
    const { code, err } = await slowfast('data', 'check', list);
    expect(code).toBe(1);
    expect(err).toContain(
      'joints.csv: expected a list of videos, received files of joints. `slowfast train`',
    );
  });

  it.each([
    [['nowhere.csv'], 1, 'nowhere.csv: expected a list of clips, or a folder with one folder'],
    [
      [LIST, '--clip', '8'],
      2,
      "--clip: expected frames x stride such as 32x2 or 32x2@25, received '8'",
    ],
    [[LIST, '--jobs', '0'], 2, '--jobs: expected a whole number of at least 1'],
    [[LIST, '--decoder', 'vlc'], 2, "--decoder: expected auto, node-av or ffmpeg, received 'vlc'"],
    [
      [LIST, '--format', 'xml'],
      2,
      "--format: expected path-label, kinetics, charades, charades-csv or something-something, received 'xml'",
    ],
    [[LIST, '--root', import.meta.dirname], 1, 'test.csv:1: expected a path inside'],
  ])('refuses %j', async (args, code, message) => {
    const result = await slowfast('data', 'check', ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });
});

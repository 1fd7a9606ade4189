import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkClipList, readClipList } from '../index.js';
import { parsePathLabels } from './path-labels.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/', import.meta.url));

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-check-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('checkClipList', () => {
  it('finds nothing wrong with the shipped list, and counts', async () => {
    const list = await readClipList(join(MEDIA, 'ut-interaction/test.csv'));
    const steps: number[] = [];
    const found = await checkClipList(list, {
      classes: 7,
      onProgress: (done, total) => steps.push(done / total),
    });
    expect(found).toMatchObject({
      clips: 6,
      files: 6,
      classes: 7,
      counts: [1, 1, 1, 1, 1, 1, 0],
      unlabelled: 0,
      problems: [],
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6].map((done) => done / 6));
    // Frames of the six as the data set's own table gives them.
    expect(found.frames).toEqual({ least: 87, most: 139, total: 653 });
  });

  it('finds every kind of fault, each with its line', async () => {
    const kick = join(MEDIA, 'ut-interaction/kick_s09_c50.avi');
    await copyFile(kick, join(folder, 'good.avi'));
    await copyFile(kick, join(folder, 'twin.avi'));
    await copyFile(join(MEDIA, 'ut-interaction/hug_s10_c58.avi'), join(folder, 'leak.avi'));
    await symlink(join(folder, 'leak.avi'), join(folder, 'link.avi'));
    await copyFile(join(MEDIA, 'five-frames.mp4'), join(folder, 'short.mp4'));
    await writeFile(join(folder, 'noise.mp4'), 'this is no video');
    await writeFile(join(folder, 'empty.mp4'), '');
    const whole = await readFile(join(MEDIA, 'archery.avi'));
    await writeFile(join(folder, 'cut.avi'), whole.subarray(0, whole.length / 2));
    const names = 'good twin leak short noise empty cut gone'.split(' ');
    const extension: Record<string, string> = { short: 'mp4', noise: 'mp4', empty: 'mp4' };
    const text = names.map((name, i) => `${name}.${extension[name] ?? 'avi'} ${i}`).join('\n');
    await writeFile(join(folder, 'train.csv'), text);
    await writeFile(join(folder, 'test.csv'), 'link.avi 0\ngone.avi 1');
    const list = await readClipList(join(folder, 'train.csv'));
    const other = await readClipList(join(folder, 'test.csv'));
    const options = { classes: 7, clip: { frames: 16, stride: 2, fps: 30 } };
    const { problems } = await checkClipList(list, { ...options, others: [other] });
    expect(problems.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'duplicate'],
      [3, 'leak'],
      [4, 'short'],
      [5, 'broken'],
      [6, 'broken'],
      [7, 'truncated'],
      [8, 'missing'],
      [8, 'label'],
    ]);
    const said = (kind: string): string => problems.find((entry) => entry.kind === kind)!.message;
    expect(said('duplicate')).toBe(`The same content as line 1 of ${list.name}.`);
    expect(said('leak')).toBe(`The same file as line 1 of ${other.name}.`);
    expect(said('short')).toBe(
      '5 frames at 30 fps (0.17 s) are fewer than a clip of 16 x 2 at 30 fps (1.07 s).',
    );
    expect(problems[4]!.message).toBe('Expected a video file, received an empty file.');
    expect(said('truncated')).toMatch(/^The file is truncated: \d+ of 131 frames decode\.$/);
    expect(said('missing')).toBe('Expected a video file, received a path where no file is.');
    expect(said('label')).toBe('Class 7 is not one of 0 to 6.');
  });

  it('looks for the pictures of clips that are made of them', async () => {
    await writeFile(join(folder, 'a-1.jpg'), 'picture');
    const header = 'original_vido_id video_id frame_id path labels';
    const lines = [header, 'a 0 0 a-1.jpg "3"', 'b 1 0 a-1.jpg ""', 'b 1 1 b-2.jpg ""'];
    await writeFile(join(folder, 'charades.csv'), lines.join('\n'));
    const list = await readClipList(join(folder, 'charades.csv'));
    const { problems, unlabelled, counts } = await checkClipList(list);
    expect(problems.map(({ kind, message }) => [kind, message])).toEqual([
      [
        'broken',
        'a-1.jpg: expected a picture, JPEG or PNG, received a file that does not begin as one.',
      ],
      ['missing', '1 of 2 pictures are not there or cannot be read.'],
    ]);
    expect([unlabelled, counts]).toEqual([1, [0, 0, 0, 1]]);
  });

  it('stops when told to', async () => {
    const list = parsePathLabels(`${join(MEDIA, 'exercise.avi')} 0`);
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(checkClipList(list, { signal: stop })).rejects.toThrow('enough');
  });
});

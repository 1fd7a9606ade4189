/** @file `slowfast segment` and `evaluate --task localisation` as a user runs them. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionLocaliser, videoClassifier } from '../index.js';
import { slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MEDIA = at('../../../../examples/media/');
const CLIP = join(MEDIA, 'ut-interaction/handshake_s09_c52.avi');
const golden = (name: string): string => at(`../../../evaluation/src/goldens/localisation/${name}`);

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-segment-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Found {
  readonly file: string;
  readonly segments: readonly { label: string; start: number; end: number; score: number }[];
}

test('finds when a class happens, and writes it in every form', async () => {
  const args = ['segment', CLIP, '--every', '0.2', '-o', folder];
  const { code, out } = await slowfast(...args, '--format', 'json,csv,srt,vtt,svg', '--json');
  expect(code).toBe(0);
  const found = JSON.parse(out) as Found;
  const [first] = found.segments;
  expect(first!.label).toBe('handshake');
  expect(first!.end).toBeGreaterThan(first!.start);
  const name = 'handshake_s09_c52';
  expect((await readdir(folder)).sort()).toEqual(
    ['csv', 'json', 'srt', 'svg', 'vtt'].map((kind) => `${name}.${kind}`),
  );
  expect(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))).toEqual(found);
  expect(await readFile(join(folder, `${name}.svg`), 'utf8')).toContain('handshake from 0:0');
});

test('a window has the scores that a classifier gives the same frames', async () => {
  await using localise = await actionLocaliser();
  await using classify = await videoClassifier();
  // The only view of one clip begins with the video, as the first window does.
  for (const video of [CLIP, join(MEDIA, 'five-frames.mp4')]) {
    const { scores, classes, times } = await localise(video, { every: 1 });
    expect(scores).toHaveLength((classes * times.length) / 2);
    const view = await classify(video, { views: '1x1' });
    expect(scores.subarray(0, classes)).toEqual(view.scores);
  }
});

test('one broken file does not end the others', async () => {
  const broken = join(folder, 'broken.mp4');
  await writeFile(broken, 'nothing');
  const { code, out, err } = await slowfast('segment', broken, CLIP, '--json');
  expect(code).toBe(1);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Found).file),
  ).toEqual([broken, CLIP]);
  expect(err).toContain('1 of 2 videos failed');
});

test.each([
  [['--every', '0'], 2, '--every'],
  [['--low', '0.9'], 1, 'segments: expected a threshold, and a lower one above 0'],
  [['--format', 'ass'], 2, 'expected json, csv, srt, vtt or svg'],
])('refuses %j', async (flags, code, message) => {
  const ended = await slowfast('segment', CLIP, ...flags);
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(message);
});

describe('evaluate --task localisation', () => {
  const evaluate = (...argv: string[]) => slowfast('evaluate', '--task', 'localisation', ...argv);

  it("gives what ActivityNet's evaluation gives", async () => {
    const args = ['--data', golden('groundtruth.json'), '--detections', golden('detections.json')];
    const { code, out, err } = await evaluate(...args, '--subset', 'validation', '--json');
    expect([code, err]).toEqual([
      0,
      'warning: classes that the ground truth does not have are left out: wave\n',
    ]);
    const expected = JSON.parse(await readFile(golden('expected.json'), 'utf8')) as {
      average: number;
    };
    const { average } = JSON.parse(out) as { average: number };
    expect(Math.abs(average - expected.average)).toBeLessThan(1e-9);
    expect((await evaluate(...args)).out).toContain('34.70 on average');
  });

  it('finds the segments of videos itself, and keeps them', async () => {
    const data = join(folder, 'truth.json');
    const annotations = [{ label: 'handshake', segment: [0, 100] }];
    await writeFile(data, JSON.stringify({ database: { handshake_s09_c52: { annotations } } }));
    const saved = join(folder, 'found.json');
    const videos = ['--videos', join(MEDIA, 'ut-interaction')];
    const first = await evaluate('--data', data, ...videos, '--save-detections', saved, '--json');
    expect(first.code).toBe(0);
    const again = await evaluate('--data', data, '--detections', saved, '--json');
    expect(again.out).toBe(first.out);
  });

  it('says what is missing', async () => {
    const neither = await evaluate('--data', golden('groundtruth.json'));
    expect(neither.code).toBe(2);
    expect(neither.err).toContain('expected --detections, or --videos');
    const none = await evaluate('--data', golden('groundtruth.json'), '--videos', MEDIA);
    expect(none.err).toContain('a folder without v000, v001, v002');
  });
});

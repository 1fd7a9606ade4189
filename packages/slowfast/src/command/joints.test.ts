/** @file `slowfast joints`: files of joints that training and classification read. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// The loader of the tests cannot load two modules that share others at once.
import '../detect/people.js';
import { readSkeletonFile, skeletonText } from '../pose/skeleton-file.js';
import { slowfast } from './testing/run-slowfast.js';

const MEDIA = new URL('../../../../examples/media/', import.meta.url);
const media = (name: string): string => fileURLToPath(new URL(name, MEDIA));

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-joints-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

it('writes the joints of people on every frame, and says in which videos nobody is', async () => {
  const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
    path: string;
  };
  const clip = join(folder, 'two.mp4');
  const from = media('ut-interaction/handshake_s09_c52.avi');
  spawnSync(ffmpeg, ['-v', 'error', '-i', from, '-frames:v', '4', '-c:v', 'mpeg4', clip]);
  const output = join(folder, 'joints');
  const videos = [clip, media('five-frames.mp4')];
  const { code, out, err } = await slowfast('joints', ...videos, '-o', output, '--json');
  expect(code).toBe(1);
  expect(err).toContain(
    'five-frames.mp4: expected people in the video, received 5 frames without anybody.',
  );
  expect(JSON.parse(out.split('\n')[0]!)).toEqual({
    ...{ file: clip, output: join(output, 'two.json') },
    ...{ frames: 4, withPeople: 4, warnings: [] },
  });
  expect(await readdir(output)).toEqual(['two.json']);
  const sequence = await readSkeletonFile(join(output, 'two.json'));
  expect(sequence.frames.map((people) => people.length)).toEqual([2, 2, 2, 2]);
  // They stand apart, upright: noses above ankles.
  const [left, right] = sequence.frames[0]!.toSorted((a, b) => a[0]! - b[0]!);
  expect(right![0]! - left![0]!).toBeGreaterThan(sequence.width / 10);
  for (const person of [left!, right!]) expect(person[1]).toBeLessThan(person[46]!);
  // What is written is what was read.
  expect(JSON.parse(skeletonText(sequence))).toMatchObject({ width: sequence.width });
}, 60_000);

it('names the option without which there is no place for them', async () => {
  const { code, err } = await slowfast('joints', 'clip.mp4');
  expect([code, err]).toEqual([
    2,
    "error: required option '-o, --output <folder>' not specified\n",
  ]);
});

/** @file A model that sees skeletons, from plain videos and from files of joints. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openVideo, skeletonFrames, skeletonViews } from '@slowfast/video';
import { videoClassifier, type VideoClassifier } from '../classify/video-classifier.js';
import { defaultPeople } from '../detect/people.js';
import { videoSkeletons } from './video-skeletons.js';

const CLIP = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/handshake_s09_c52.avi', import.meta.url),
);
let folder: string;
let classify: VideoClassifier;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-skeletons-'));
  classify = await videoClassifier({
    ...{ model: 'posec3d-slowonly-r50', weights: 'initialised', classes: 5 },
    ...{ width: 8, frames: 8, size: 32, sessions: 1, lowering: 'none' },
  });
});
afterAll(async () => {
  await classify[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, data: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof data === 'string' ? data : JSON.stringify(data));
  return path;
}

test('a plain video is scored by the people found in it, as the same joints from a file and as their heat maps', async () => {
  const { preprocessing, model } = classify;
  const views = { clips: 2, crops: 2 };
  const fromVideo = await classify(CLIP, { views });
  expect(fromVideo.views).toBe('2x2');

  await using video = await openVideo(CLIP);
  await using people = await defaultPeople();
  const indices = skeletonFrames(video.timeline.frames, preprocessing, views);
  const sequence = await videoSkeletons(video, { find: people.find, indices });
  const joints = await file('joints.json', {
    ...sequence,
    frames: sequence.frames.map((found) => ({
      people: found.map((person) => ({ keypoints: Array.from(person) })),
    })),
  });
  const fromFile = await classify(joints, { views: '2x2', batch: 2 });
  expect(fromFile.scores).toEqual(fromVideo.scores);
  expect(fromFile.file).toBe(joints);

  const [view] = skeletonViews(sequence, preprocessing, { clips: 1, crops: 1 });
  expect(Object.keys(model.inputs)).toEqual(['slow']);
  expect(view!.tensor.shape).toEqual([1, 17, 8, 32, 32]);
  expect((await classify(view!.tensor)).scores).toEqual(
    (await classify(joints, { views: '1x1' })).scores,
  );
}, 60_000);

test('nobody in a video is an error', async () => {
  const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
    path: string;
  };
  const empty = join(folder, 'empty.mp4');
  const pictures = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=1'];
  spawnSync(ffmpeg, ['-v', 'error', ...pictures, '-c:v', 'mpeg4', empty]);
  await expect(classify(empty, { views: '1x1' })).rejects.toThrow(
    /empty\.mp4: expected people in the video, received 8 frames without anybody\. Give the joints by a file/,
  );
}, 30_000);

test.each([
  ['{', /expected JSON/],
  [{ width: 4, height: 4 }, /frames/],
  [
    { width: 4, height: 4, frames: [{ people: [{ keypoints: [1, 2, 3] }] }] },
    /keypoints: expected 51 numbers: x, y and score of COCO's 17 joints/,
  ],
  [
    { width: 4, height: 4, frames: [{ people: [{ keypoints: Array(51).fill(7) }] }] },
    /expected scores from 0 to 1/,
  ],
  [{ width: 4, height: 4, frames: [] }, /frames: expected a list of at least one frame/],
])('a file that is none is refused: %j', async (data, message) => {
  await expect(classify(await file('bad.json', data))).rejects.toThrow(message);
});

test('a file that is not there is an error of that file', async () => {
  const errors: string[] = [];
  const missing = join(folder, 'none.json');
  await classify([missing], { onError: ({ message }) => errors.push(message) });
  expect(errors).toEqual([
    expect.stringContaining(`${missing}: expected a file of joints that can be read`),
  ]);
});

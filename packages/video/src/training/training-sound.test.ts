/** @file What is heard of training clips: in step with what is seen, whatever the threads and the cache. */
import { spawnSync } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SoundSampling } from '@slowfast/core';
import {
  openVideo,
  trainingClips,
  views,
  type ListedClip,
  type TrainingClip,
  type TrainingClipsOptions,
} from '../index.js';

const WORKER = new URL('../../dist/node/training-worker.js', import.meta.url);
const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  path: string;
};
const SOUND: SoundSampling = {
  ...{ rate: 16_000, window: 512, hop: 256, frames: 8, mels: 80 },
  ...{ mean: -7.03, std: 4.66 },
};
const CLIP = { frames: 4, stride: 2, fps: 30 };
const OPTIONS: TrainingClipsOptions = {
  ...{ clip: CLIP, crop: 16, seed: 1, workers: 0, sound: SOUND, shuffle: false },
};

let folder: string;
let [sweep, early, mute]: ListedClip[] = [];

function video(name: string, ...sound: readonly string[]): ListedClip {
  const path = join(folder, name);
  const pictures = ['-f', 'lavfi', '-i', 'testsrc=size=32x32:rate=30:duration=3'];
  const { status, stderr } = spawnSync(ffmpeg, [
    ...['-v', 'error', ...pictures, ...sound, '-c:v', 'mpeg4', '-c:a', 'pcm_s16le', path],
  ]);
  if (status !== 0) throw new Error(String(stderr));
  return { path, labels: [0], line: 1 };
}

beforeAll(async () => {
  await access(WORKER).catch(() => {
    throw new Error('packages/video/dist is missing: run `npm run build` before this test');
  });
  folder = await mkdtemp(join(tmpdir(), 'training-sound-'));
  // 200 Hz at the start, 3200 at the end of 3 s.
  sweep = video('sweep.mkv', '-f', 'lavfi', '-i', 'aevalsrc=sin(2*PI*(200*t+500*t*t)):d=3');
  early = video('early.mkv', '-f', 'lavfi', '-i', 'sine=frequency=1000:duration=0.5');
  mute = video('mute.mkv');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function made(
  list: readonly ListedClip[],
  options: TrainingClipsOptions = OPTIONS,
  epochs = 4,
): Promise<TrainingClip[]> {
  await using source = trainingClips(list, options);
  const clips: TrainingClip[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const clip of source.epoch(epoch)) clips.push(clip);
  }
  return clips;
}

/** The hertz of the loudest frequency of a clip's middle. */
function loudest({ data }: NonNullable<TrainingClip['sound']>): number {
  const row = data.subarray(4 * 80, 5 * 80);
  const mel = (row.indexOf(Math.max(...row)) + 1) / 81;
  return 700 * ((1 + 8000 / 700) ** mel - 1);
}

test('what is heard is what sounds while the clip is seen', async () => {
  const clips = await made([sweep!], OPTIONS, 8);
  expect(new Set(clips.map(({ frames }) => frames[0])).size).toBeGreaterThan(4);
  for (const { frames, sound } of clips) {
    expect(sound!.shape).toEqual([1, 1, 8, 1, 80]);
    const seconds = (frames[0]! + frames.at(-1)!) / 2 / 30;
    const hertz = 200 + 1000 * seconds;
    // Bands are a twentieth apart up here.
    expect(Math.abs(Math.log(loudest(sound!) / hertz))).toBeLessThan(0.09);
  }
});

test('it is that of the same clip in a test, to the bit', async () => {
  const [clip] = await made([sweep!], OPTIONS, 1);
  await using opened = await openVideo(sweep!.path);
  const own = views(
    opened,
    {
      ...{ clip: CLIP, sampling: 'pyslowfast', resize: 16, crop: 16, channelOrder: 'rgb' },
      ...{ mean: [0.45, 0.45, 0.45], std: [0.225, 0.225, 0.225], sound: SOUND },
      views: { clips: 1, crops: 1, combine: 'mean' },
    },
    { samples: [{ frames: clip!.frames, padded: false, truncated: false }] },
  );
  const { value } = await own.next();
  expect(clip!.sound).toEqual(value!.sound);
});

test('it is the same whatever the cache and the threads, and from the middle of an epoch', async () => {
  const list = [sweep!, early!, sweep!];
  const alone = await made(list, { ...OPTIONS, cacheBytes: 0 });
  expect(await made(list)).toEqual(alone);
  for (const cacheBytes of [0, 2 ** 30]) {
    const threads = { ...OPTIONS, workers: 2, workerUrl: WORKER, cacheBytes };
    expect(await made(list, threads)).toEqual(alone);
  }
  await using source = trainingClips(list, OPTIONS);
  const rest: TrainingClip[] = [];
  for await (const clip of source.epoch(0, { from: 1 })) rest.push(clip);
  expect(rest).toEqual(alone.slice(1, 3));
  for await (const clip of source.epoch(1)) expect(clip.sound).toBeDefined();
  // Of two videos; time stamps of Matroska are rounded to milliseconds.
  const samples = (89 / 30) * 16_000 + 7 * 256 + 512;
  expect(source.cache.bytes / (2 * (90 * 32 * 32 * 3 + 4 * samples))).toBeCloseTo(1, 3);
});

test('where there is no sound there is silence, and it is said; a video without any is left out', async () => {
  const reported: string[] = [];
  await using source = trainingClips([early!, mute!], {
    ...OPTIONS,
    onBroken: ({ error }) => void reported.push(error.message),
  });
  const clips: TrainingClip[] = [];
  for (let epoch = 0; epoch < 4; epoch++) {
    for await (const clip of source.epoch(epoch)) clips.push(clip);
  }
  expect(clips).toHaveLength(4);
  const silence = Math.fround((Math.log(1e-8) + 7.03) / 4.66);
  const silent = clips.filter(({ sound }) => sound!.data.every((value) => value === silence));
  expect(silent.length).toBeGreaterThan(0);
  expect(source.warnings.get(early!.path)).toEqual([
    'The sound does not reach over all clips: the rest of them is taken as silence.',
  ]);
  expect(reported).toEqual([
    `${mute!.path}: expected a video with sound, which the model hears, received one without. Give a video with sound, or take a model that only sees.`,
  ]);
});

test('sound is not made faster', () => {
  expect(() => trainingClips([sweep!], { ...OPTIONS, speed: [0.8, 1.25] })).toThrow(
    'speed: expected [1, 1] where clips are heard, since sound is not made faster or slower, received [0.8,1.25].',
  );
});

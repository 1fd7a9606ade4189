/** @file A model that hears, on videos whose sound is made here: what it hears counts, and who cannot hear says so. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchFeeds, soundsOf } from '@slowfast/evaluation';
import type { HostTensor } from '@slowfast/core';
import { openVideo, views, type View } from '@slowfast/video';
import type { TrainingPlan } from '../train/run-types.js';
import { videoClassifier } from '../classify/video-classifier.js';
import { observe } from '../live/observe.js';
import { slowfast } from './testing/run-slowfast.js';

const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  path: string;
};
const NAME = 'avslowfast-4x16-r50';
const MODEL = ['--model', NAME, '--weights', 'initialised'];

let folder: string;
let [low, high, mute]: string[] = [];

function video(name: string, ...sound: readonly string[]): string {
  const path = join(folder, name);
  const pictures = ['-f', 'lavfi', '-i', 'testsrc=size=48x32:rate=30:duration=3'];
  const args = ['-v', 'error', ...pictures, ...sound, '-c:v', 'mpeg4', path];
  const { status, stderr } = spawnSync(ffmpeg, args);
  if (status !== 0) throw new Error(String(stderr));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-sound-'));
  low = video('low.mp4', '-f', 'lavfi', '-i', 'sine=frequency=300:duration=3');
  high = video('high.mp4', '-f', 'lavfi', '-i', 'sine=frequency=4000:duration=3');
  mute = video('mute.mp4');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the front door hears: other sound gives other scores, those of the spectrogram', async () => {
  await using classify = await videoClassifier({
    ...{ model: NAME, weights: 'initialised', size: 64 },
    ...{ sessions: 1, lowering: 'none' },
  });
  const { preprocessing, model } = classify;
  const options = { views: '2x1', batch: 2 } as const;
  const [one, other] = await classify([low!, high!], options);
  expect(
    Math.max(...one!.scores.map((score, i) => Math.abs(score - other!.scores[i]!))),
  ).toBeGreaterThan(1e-6);

  await using opened = await openVideo(high!);
  const own: View[] = [];
  for await (const view of views(opened, preprocessing, { clips: 2, crops: 1 })) own.push(view);
  const tensors = own.map(({ tensor }) => tensor);
  const feeds = batchFeeds(Object.keys(model.inputs), preprocessing, tensors, soundsOf(own));
  expect(feeds['audio']!.shape).toEqual([2, 1, 128, 1, 80]);
  const { scores } = await classify(feeds as Record<string, HostTensor<'float32'>>);
  scores.forEach((score, i) => expect(score).toBeCloseTo(other!.scores[i]!, 6));

  await expect(classify(tensors[0]!)).rejects.toThrow(
    'the pathway audio: expected the sound of every clip, which it hears, received pictures alone.',
  );
  const errors: string[] = [];
  const heard = await classify([mute!, low!], {
    views: '1x1',
    onError: ({ message }) => errors.push(message),
  });
  expect(heard.map(({ file }) => file)).toEqual([low]);
  expect(errors).toEqual([
    `${mute}: expected a video with sound, which the model hears, received one without. Give a video with sound, or take a model that only sees.`,
  ]);
  await expect(observe(low!, { model }).next()).rejects.toThrow(
    `${NAME}: expected a model that only sees, as what plays is taken without its sound, received one that hears, too. Take another to watch; classify, evaluate, features, segment and explain take sound.`,
  );
});

test('maps of what is heard are refused', async () => {
  expect(await slowfast('explain', low!, ...MODEL, '--at', 'audio.res5', '--json')).toMatchObject({
    code: 1,
    err: 'error: stages: expected stages of pathways that see, since maps are places in pictures, received audio.res5.\n',
  });
});

describe('training', () => {
  const recipe = (model: object, train: object = {}, data: object = {}): string =>
    JSON.stringify({
      ...{ name: 'heard', output: 'run', seed: 1, backend: 'auto' },
      data: {
        ...{ train: 'list.csv', frames: 8, stride: 2, size: 32, workers: 0 },
        sound: { frames: 32, mels: 16 },
        ...data,
      },
      model: { depth: 18, width: 8, beta: 0.25, ...model },
      train: { epochs: 1, batch: 2, schedule: { lr: 0.01 }, ...train },
    });
  const HEARS = { kind: 'audiovisual' };
  const plan = async (text: string) => {
    await writeFile(join(folder, 'training.yaml'), text);
    return slowfast('train', join(folder, 'training.yaml'), '--dry-run', '--json');
  };

  beforeAll(() => {
    const lines = [`${low} 0`, `${high} 1`, `${low} 0`, `${high} 1`, `${mute} 1`];
    return writeFile(join(folder, 'list.csv'), lines.join('\n'));
  });

  test('takes frames and sound; a video without sound is left out', async () => {
    const { code, out, err } = await plan(recipe(HEARS, { dropPathway: 0.5, mixup: 0.4 }));
    expect([code, err]).toEqual([
      0,
      `warning: left out: ${mute}: expected a video with sound, which the model hears, received one without. Give a video with sound, or take a model that only sees.\n`,
    ]);
    const { parts, broken } = JSON.parse(out) as TrainingPlan;
    expect(parts.map(({ part }) => part)).toEqual(
      expect.arrayContaining(['slow.res5', 'fast.res5', 'audio.res5', 'lateral.audio_to_slow']),
    );
    expect(broken).toEqual([mute]);
  });

  test.each<[string, string, string]>([
    [
      'sound of a model that only sees',
      recipe({}),
      'data.sound: expected nothing, since the model only sees, received {"frames":32,"mels":16}. Set model.kind to audiovisual, or model.name to a model with the prefix av.',
    ],
    [
      'DropPathway without sound',
      recipe({}, { dropPathway: 0.5 }, { sound: undefined }),
      'train.dropPathway: expected nothing, since the model has no audio pathway, received 0.5.',
    ],
    [
      'sound that is not faster',
      recipe(HEARS, {}, { speed: [0.8, 1.25] }),
      'speed: expected [1, 1] where clips are heard, since sound is not made faster or slower, received [0.8,1.25].',
    ],
    [
      'clips of several lengths',
      recipe(HEARS, { multigrid: 'both' }),
      'train.multigrid: expected nothing, since sound is that of whole clips, received both.',
    ],
    [
      'frames of sound that do not fit',
      recipe(HEARS, {}, { sound: { frames: 33 } }),
      'lateral[audio->slow].stem:',
    ],
    [
      'a misspelt key',
      recipe(HEARS, {}, { sound: { frame: 32 } }),
      'data.sound.frame: expected a key that there is, received an unknown one. The nearest are frames',
    ],
  ])('refuses %s', async (_, text, message) => {
    const { code, err } = await plan(text);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});

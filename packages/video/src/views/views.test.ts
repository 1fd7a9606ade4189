import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from '@swc/core';
import {
  clipFrames,
  cropClip,
  cropOffsets,
  openVideo,
  preprocessFrame,
  resizeFrame,
  slidingWindows,
  viewPlan,
  views,
  type PlanarImage,
  type Video,
  type View,
  type ViewProgress,
  type ViewPreprocessing,
} from '../index.js';
import { normalise } from '../transform/normalise.js';
import { FrameWindow } from './frame-window.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const media = (name: string): string => here(`../../../../examples/media/${name}`);

const PREPROCESSING: ViewPreprocessing = {
  clip: { frames: 8, stride: 8, fps: 30 },
  sampling: 'pyslowfast',
  resize: 64,
  crop: 56,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'bgr',
  views: { clips: 4, crops: 3, combine: 'mean' },
};

/** Compiles a package's sources into a folder, as a worker thread needs them. */
async function compile(from: string, to: string): Promise<void> {
  for (const name of await readdir(from, { recursive: true })) {
    if (!name.endsWith('.ts') || name.includes('.test')) continue;
    const { code } = await transform(await readFile(join(from, name), 'utf8'), {
      filename: name,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const file = join(to, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
  }
}

let folder: string;
let worker: URL;

beforeAll(async () => {
  await mkdir(here('../../out-tsc'), { recursive: true });
  folder = await mkdtemp(here('../../out-tsc/views-'));
  await compile(here('..'), join(folder, 'video'));
  const core = join(folder, 'node_modules/@slowfast/core');
  await compile(here('../../../core/src'), join(core, 'dist'));
  await cp(here('../../../core/package.json'), join(core, 'package.json'));
  worker = pathToFileURL(join(folder, 'video/node/view-worker.js'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const collect = async (stream: AsyncIterable<View>): Promise<View[]> => {
  const all: View[] = [];
  for await (const view of stream) all.push(view);
  return all;
};

/** The same views the plain way: everything in memory, one clip after the other. */
async function plainViews(video: Video, preprocessing: ViewPreprocessing): Promise<View[]> {
  const images: PlanarImage[] = [];
  for await (const frame of video.frames()) images.push(preprocessFrame(frame, preprocessing));
  const { clips, crops } = preprocessing.views;
  const offsets = cropOffsets(preprocessing.sampling, images[0]!, preprocessing.crop, crops);
  return clipFrames(preprocessing.sampling, video.timeline, preprocessing.clip, clips).flatMap(
    ({ frames, padded }, clip) =>
      offsets.map((offset, crop) => {
        const picked = frames.map((frame) => images[frame]!);
        return { clip, crop, frames, padded, tensor: cropClip(picked, offset, preprocessing.crop) };
      }),
  );
}

describe('views', () => {
  for (const [name, sampling] of [
    ['variable-frame-rate.mp4', 'pyslowfast'],
    ['archery.avi', 'pytorchvideo'],
    ['five-frames.mp4', 'mmaction2'],
  ] as const) {
    test(`of ${name} are the same streamed, in a worker thread, and made the plain way`, async () => {
      const preprocessing = { ...PREPROCESSING, sampling };
      const video = await openVideo(media(name));
      const plain = await plainViews(video, preprocessing);
      expect(plain).toHaveLength(12);
      expect(plain[0]!.tensor.shape).toEqual([1, 3, 8, 56, 56]);
      expect(await collect(views(video, preprocessing))).toEqual(plain);
      expect(await collect(views(video, preprocessing, { worker }))).toEqual(plain);
      await video.close();
    });
  }

  test('come in the numbers asked for, with progress, and stop decoding at the last frame needed', async () => {
    const video = await openVideo(media('arm-wrestling.mp4'));
    for (const choice of ['off', worker] as const) {
      const progress: ViewProgress[] = [];
      const made = await collect(
        views(video, PREPROCESSING, {
          clips: 2,
          crops: 1,
          worker: choice,
          onProgress: (step) => progress.push(step),
        }),
      );
      expect(made.map(({ clip, crop }) => [clip, crop])).toEqual([
        [0, 0],
        [1, 0],
      ]);
      const total = Math.max(...made[1]!.frames) + 1;
      expect(total).toBeLessThan(280);
      expect(progress.at(-1)).toEqual({ decoded: total, total, views: 2 });
      expect(progress.map(({ decoded }) => decoded)).toEqual(
        progress.map(({ decoded }) => decoded).toSorted((a, b) => a - b),
      );
    }
    await video.close();
  });

  test('flag the views of a video shorter than a clip', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const [view] = await collect(views(video, PREPROCESSING, { clips: 1, crops: 1 }));
    expect(view).toMatchObject({ frames: [0, 4, 4, 4, 4, 4, 4, 4], padded: true });
    await video.close();
  });

  test('stop when the signal aborts, and the video can be used again', async () => {
    const video = await openVideo(media('exercise.avi'));
    for (const choice of ['off', worker] as const) {
      const stop = new AbortController();
      const reason = new Error('enough');
      let decoded = 0;
      const run = async (): Promise<void> => {
        const options = {
          signal: stop.signal,
          worker: choice,
          clips: 10,
          onProgress: (step: ViewProgress) => (decoded = step.decoded),
        };
        for await (const view of views(video, PREPROCESSING, options)) {
          if (view.crop === 1) stop.abort(reason);
        }
      };
      await expect(run()).rejects.toBe(reason);
      expect(decoded).toBeGreaterThan(0);
      expect(decoded).toBeLessThan(video.info.frames);
      const early = views(video, PREPROCESSING, { signal: stop.signal, worker: choice });
      await expect(early.next()).rejects.toBe(reason);
    }
    for await (const view of views(video, PREPROCESSING, { worker })) {
      expect(view.clip).toBe(0);
      break;
    }
    expect(await collect(views(video, PREPROCESSING, { clips: 1, crops: 1 }))).toHaveLength(1);
    await video.close();
  });

  test('of a closed video are refused, wherever they would be made', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const running = views(video, PREPROCESSING, { worker });
    await running.next();
    await video[Symbol.asyncDispose]();
    const message = `${media('five-frames.mp4')}: expected an open video, received one that was closed.`;
    await expect(running.next()).rejects.toThrow(message);
    await expect(views(video, PREPROCESSING).next()).rejects.toThrow(message);
    await expect(views(video, PREPROCESSING, { worker }).next()).rejects.toThrow(message);
  });

  test('of one video after the other come from one thread', async () => {
    /** Threads are numbered as they start. */
    const count = async (): Promise<number> => {
      const probe = new Worker('', { eval: true });
      const { threadId } = probe;
      await probe.terminate();
      return threadId;
    };
    const before = await count();
    for (const name of ['five-frames.mp4', 'exercise.avi', 'five-frames.mp4']) {
      await using video = await openVideo(media(name));
      for await (const view of views(video, PREPROCESSING, { worker })) {
        expect(view.clip).toBe(0);
        break; // The thread goes on with the next video, whether or not it was done with this one.
      }
    }
    // The one that counts, and at most one other: the thread may have been there.
    expect((await count()) - before).toBeLessThanOrEqual(2);
  });

  test('a worker thread that cannot start says why', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const nowhere = pathToFileURL(join(folder, 'none.js'));
    await expect(views(video, PREPROCESSING, { worker: nowhere }).next()).rejects.toThrow(
      relative(folder, fileURLToPath(nowhere)),
    );
    await video.close();
  });

  test('are whole frames, stretched, where the preprocessing says so', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const preprocessing = { ...PREPROCESSING, stretch: [24, 40] as const };
    const [view] = await collect(views(video, preprocessing, { clips: 1, crops: 1 }));
    expect(view!.tensor.shape).toEqual([1, 3, 8, 24, 40]);
    for await (const frame of video.frames({ indices: [4] })) {
      const image = resizeFrame(frame, { width: 40, height: 24 }, 'area');
      normalise(image, preprocessing);
      const green = (t: number): Float32Array =>
        view!.tensor.data.subarray((8 + t) * 960, (9 + t) * 960);
      expect(green(7)).toEqual(image.data.subarray(960, 1920));
    }
    await expect(views(video, preprocessing, { crops: 3 }).next()).rejects.toThrow(
      'crops: expected 1, since the preprocessing stretches frames to its input, received 3.',
    );
    const flat = { ...PREPROCESSING, stretch: [24, 0] as const };
    await expect(views(video, flat, { crops: 1 }).next()).rejects.toThrow(
      'preprocessing.stretch: expected positive integers, received 0.',
    );
    await video.close();
  });

  test('are of the frames given, in place of those sampled', async () => {
    const video = await openVideo(media('archery.avi'));
    const options = { window: 16, stride: 60, fps: 25, frames: 8 };
    const samples = slidingWindows(video.timeline, options);
    const made = await collect(views(video, PREPROCESSING, { samples, crops: 1, worker }));
    expect(made.map(({ frames }) => frames)).toEqual(samples.map(({ frames }) => frames));
    expect(made.map(({ frames }) => frames[0])).toEqual([0, 60]);
    await video.close();
  });

  test('preprocessing that cannot be is refused before anything is decoded', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const broken = { ...PREPROCESSING, std: [0.2, 0, 0.2] as const };
    await expect(views(video, broken).next()).rejects.toThrow(
      'preprocessing.std: expected positive numbers, received [0.2, 0, 0.2].',
    );
    await video.close();
  });
});

describe('FrameWindow', () => {
  const image = (value: number) => ({ width: 1, height: 1, data: new Float32Array(3).fill(value) });
  const size = { width: 64, height: 64 };

  test('holds no more frames than one clip spans, and each only while a clip needs it', async () => {
    const video = await openVideo(media('arm-wrestling.mp4'));
    const preprocessing = { ...PREPROCESSING, clip: { frames: 32, stride: 2, fps: 30 } };
    const plan = viewPlan(video.timeline, size, preprocessing, { clips: 10, crops: 3 });
    const window = new FrameWindow(plan);
    let most = 0;
    let clip = 0;
    for (const frame of plan.needed) {
      window.add(frame, image(frame));
      most = Math.max(most, window.size);
      while (clip < 10 && window.reaches(Math.max(...plan.clips[clip]!.frames))) {
        const { frames } = plan.clips[clip]!;
        expect(window.images(frames).map(({ data }) => data[0])).toEqual([...frames]);
        window.release(clip++);
      }
    }
    expect(clip).toBe(10);
    expect(window.size).toBe(0);
    expect(plan.needed.length).toBeGreaterThan(150);
    expect(most).toBeLessThanOrEqual(60);
    await video.close();
  });

  test('fills lost frames with the one before, the first with the one after', async () => {
    const video = await openVideo(media('five-frames.mp4'));
    const preprocessing: ViewPreprocessing = { ...PREPROCESSING, sampling: 'mmaction2' };
    const plan = viewPlan(video.timeline, size, preprocessing, { clips: 1, crops: 1 });
    expect(plan.needed).toEqual([0, 1, 2, 3, 4]);
    const window = new FrameWindow(plan);
    expect(window.finish()).toBe(false);
    window.add(1, image(1));
    window.add(3, image(3));
    expect(window.finish()).toBe(true);
    expect(window.images([0, 1, 2, 3, 4]).map(({ data }) => data[0])).toEqual([1, 1, 1, 3, 3]);
    await video.close();
  });
});

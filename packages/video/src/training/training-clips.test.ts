import { createHash } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  clipFrames,
  openVideo,
  preprocessFrame,
  readClipList,
  trainingClips,
  type PixelPreprocessing,
  type EpochOptions,
  type ListedClip,
  type TrainingClip,
  type TrainingClipsOptions,
} from '../index.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/', import.meta.url));
const WORKER = new URL('../../dist/node/training-worker.js', import.meta.url);

const OPTIONS: TrainingClipsOptions = {
  clip: { frames: 8, stride: 2, fps: 30 },
  crop: [40, 52],
  scale: [1, 1.25],
  aspect: 'stretch',
  colour: { brightness: 0.2 },
  seed: 3,
  workers: 0,
};

let folder: string;
let clips: readonly ListedClip[];
beforeAll(async () => {
  await access(WORKER).catch(() => {
    throw new Error('packages/video/dist is missing: run `npm run build` before this test');
  });
  folder = await mkdtemp(join(tmpdir(), 'slowfast-training-'));
  const list = await readClipList(join(MEDIA, 'ut-interaction/test.csv'));
  clips = [3, 2, 4].map((label) => list.clips[label]!);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A clip with the hash of its pixels in their place: quicker to compare. */
type Hashed = Omit<TrainingClip, 'tensor'> & { readonly pixels: string };

const hashed = ({ tensor: { data, shape }, ...clip }: TrainingClip): Hashed => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixels = `${shape.join()} ${createHash('sha256').update(bytes).digest('hex')}`;
  return { ...clip, pixels };
};

async function epochs(
  list: readonly ListedClip[],
  options: TrainingClipsOptions,
  count = 2,
  shapes: EpochOptions = {},
): Promise<{ made: Hashed[]; cache: unknown; broken: readonly { line: number }[] }> {
  await using source = trainingClips(list, options);
  const made: Hashed[] = [];
  for (let epoch = 0; epoch < count; epoch++) {
    for await (const clip of source.epoch(epoch, shapes)) made.push(hashed(clip));
  }
  return { made, cache: source.cache, broken: source.broken };
}

describe('trainingClips', () => {
  it('are the same for a seed, whatever the threads and the cache', async () => {
    const alone = await epochs(clips, { ...OPTIONS, cacheBytes: 0 });
    expect(alone.made).toHaveLength(6);
    expect(alone.made[0]!.pixels).toMatch(/^1,3,8,40,52 /);
    expect(new Set(alone.made.map(({ pixels }) => pixels)).size).toBe(6);
    expect(alone.cache).toEqual({ bytes: 0, videos: 0, hits: 0, misses: 6 });
    const cached = await epochs(clips, OPTIONS);
    expect(cached.made).toEqual(alone.made);
    expect(cached.cache).toMatchObject({ videos: 3, hits: 3, misses: 3 });
    // Room for one of them.
    const some = await epochs(clips, { ...OPTIONS, cacheBytes: 100_000_000 });
    expect(some.made).toEqual(alone.made);
    expect(some.cache).toMatchObject({ videos: 1, hits: 1, misses: 5 });
    for (const workers of [1, 3]) {
      const threads = await epochs(clips, { ...OPTIONS, workers, workerUrl: WORKER, prefetch: 1 });
      expect(threads.made).toEqual(alone.made);
      expect(threads.cache).toMatchObject({ videos: 3, hits: 3, misses: 3 });
    }
    const other = await epochs(clips, { ...OPTIONS, seed: 4 });
    expect(other.made).not.toEqual(alone.made);
  });

  it('hold every video once an epoch, in another order each, labels with their video', async () => {
    const { made } = await epochs(clips, { ...OPTIONS, store: 'scaled' }, 3);
    const orders = [0, 1, 2].map((epoch) => made.slice(3 * epoch, 3 * epoch + 3));
    for (const order of orders) {
      expect(order.map(({ position }) => position)).toEqual([0, 1, 2]);
      expect(order.map(({ clip }) => clip).toSorted()).toEqual([0, 1, 2]);
    }
    expect(
      new Set(orders.map((order) => order.map(({ clip }) => clip).join())).size,
    ).toBeGreaterThan(1);
    for (const { clip, labels, path } of made) {
      expect({ labels, path }).toEqual({ labels: clips[clip]!.labels, path: clips[clip]!.path });
    }
    const starts = orders.map((order) => order.find(({ clip }) => clip === 0)!.frames[0]);
    expect(new Set(starts).size).toBeGreaterThan(1);
  });

  it('without any jitter are the frames that a test would take', async () => {
    const options = { ...OPTIONS, scale: [1, 1] as const, flip: false, colour: {} };
    await using source = trainingClips(clips.slice(0, 1), { ...options, sampling: 'custom' });
    const { frames, tensor, path } = (await source.epoch(0).next()).value as TrainingClip;
    await using video = await openVideo(path);
    const first = clipFrames('custom', video.timeline, OPTIONS.clip, 1)[0]!.frames;
    expect(frames.map((frame) => frame - frames[0]!)).toEqual(
      first.map((frame) => frame - first[0]!),
    );
    const preprocessing: PixelPreprocessing = {
      ...{ sampling: 'custom', resize: 40, stretch: [40, 52], channelOrder: 'rgb' },
      mean: [0.45, 0.45, 0.45],
      std: [0.225, 0.225, 0.225],
    };
    for await (const frame of video.frames({ indices: [frames[3]!] })) {
      const { data } = preprocessFrame(frame, preprocessing);
      const plane = 40 * 52;
      for (let channel = 0; channel < 3; channel++) {
        const at = (channel * 8 + 3) * plane;
        expect(tensor.data.subarray(at, at + plane)).toEqual(
          data.subarray(channel * plane, (channel + 1) * plane),
        );
      }
    }
  });

  it('show what happens faster or slower, in other ratios, whatever is stored', async () => {
    const options = { ...OPTIONS, sampling: 'custom' as const, ratio: [0.7, 1.4] as const };
    const spans = async (speed: readonly [number, number]): Promise<number[]> => {
      const { made } = await epochs(clips, { ...options, speed });
      return made.map(({ frames }) => frames.at(-1)! - frames[0]!);
    };
    // Eight frames, two apart; 2.5 times as fast, five apart.
    expect(new Set(await spans([1, 1]))).toEqual(new Set([14]));
    expect(new Set(await spans([2.5, 2.5]))).toEqual(new Set([35]));
    const drawn = await spans([0.5, 2.5]);
    expect(new Set(drawn).size).toBeGreaterThan(3);
    for (const span of drawn) expect(span >= 7 && span <= 35).toBe(true);
    const varied = { ...options, speed: [0.5, 2.5] as const };
    const cached = await epochs(clips, varied);
    expect((await epochs(clips, { ...varied, cacheBytes: 0 })).made).toEqual(cached.made);
  });

  it('are of the extent that their position asks for, from the same stored frames', async () => {
    const shapeAt = (position: number) =>
      position === 1
        ? ({ frames: 4, size: [20, 26] } as const)
        : ({ frames: 8, size: [40, 52] } as const);
    const { made } = await epochs(clips, OPTIONS, 2, { shapeAt });
    for (const { position, pixels } of made) {
      expect(pixels).toMatch(position === 1 ? /^1,3,4,20,26 / : /^1,3,8,40,52 /);
    }
    // Whole clips are what they are without.
    const { made: plain } = await epochs(clips, OPTIONS);
    const whole = (all: readonly Hashed[]) => all.filter(({ position }) => position !== 1);
    expect(whole(made)).toEqual(whole(plain));
    const threads = { ...OPTIONS, cacheBytes: 0, workers: 2, workerUrl: WORKER };
    expect((await epochs(clips, threads, 2, { shapeAt })).made).toEqual(made);
  });

  it('go on in the middle of an epoch', async () => {
    const whole = await epochs(clips, OPTIONS, 1);
    await using source = trainingClips(clips, OPTIONS);
    const rest: Hashed[] = [];
    for await (const clip of source.epoch(0, { from: 2 })) rest.push(hashed(clip));
    expect(rest).toEqual(whole.made.slice(2));
  });

  it('leave broken videos out, and report each once', async () => {
    const noise = join(folder, 'noise.mp4');
    await writeFile(noise, 'this is no video');
    const list = [
      { path: noise, labels: [1], line: 1 },
      { ...clips[0]!, line: 2 },
      { path: join(folder, 'gone.mp4'), labels: [1], line: 3 },
    ];
    for (const workers of [0, 2]) {
      const reported: number[] = [];
      const { made, broken } = await epochs(list, {
        ...{ ...OPTIONS, workers, workerUrl: WORKER },
        onBroken: ({ line, error }) => {
          expect(error.name).toBe('MediaError');
          reported.push(line);
        },
      });
      expect(made.map(({ clip }) => clip)).toEqual([1, 1]);
      expect(broken).toHaveLength(2);
      expect(reported.toSorted()).toEqual([1, 3]);
    }
    await using none = trainingClips(list.slice(2), OPTIONS);
    await expect(none.epoch(0).next()).rejects.toThrow(
      `${join(folder, 'gone.mp4')}: expected a video file, received a path where no file is.`,
    );
  });

  it.each([0, 2])('stop when told to (%d threads)', async (workers) => {
    const stop = new AbortController();
    const source = trainingClips(clips, {
      ...{ ...OPTIONS, workers, workerUrl: WORKER, cacheBytes: 0 },
      signal: stop.signal,
    });
    const reason = new Error('enough');
    const epoch = source.epoch(0);
    await epoch.next();
    stop.abort(reason);
    await expect(epoch.next()).rejects.toBe(reason);
    expect(source.broken).toEqual([]);
    await source.close();
    await expect(
      trainingClips(clips, { ...OPTIONS, signal: stop.signal })
        .epoch(0)
        .next(),
    ).rejects.toBe(reason);
  });

  it('are refused once closed; breaking off an epoch leaves the source usable', async () => {
    const source = trainingClips(clips, { ...OPTIONS, workers: 1, workerUrl: WORKER });
    for await (const { position } of source.epoch(0)) {
      expect(position).toBe(0);
      break;
    }
    expect((await source.epoch(1).next()).value).toMatchObject({ position: 0 });
    await source.close();
    await expect(source.epoch(2).next()).rejects.toThrow(
      'trainingClips: expected an open source of clips, received one that was closed.',
    );
  });

  it('need options and a list that make sense', () => {
    expect(() => trainingClips([], OPTIONS)).toThrow(
      'list: expected at least one clip, received none.',
    );
    expect(() => trainingClips(clips, { ...OPTIONS, seed: -1 })).toThrow(
      'seed: expected a whole number of at least 0, received -1.',
    );
    expect(() => trainingClips(clips, { ...OPTIONS, workers: 1.5 })).toThrow(
      'workers: expected a whole number of at least 0, received 1.5.',
    );
  });
});

it('refuses a video that is too long and narrow to be resized, before it decodes, and leaves it out', async () => {
  const path = fileURLToPath(new URL('../cases/long-and-narrow.mkv', import.meta.url));
  const broken: string[] = [];
  const options = { ...OPTIONS, aspect: 'keep', crop: [256, 256] } as const;
  const list = [{ path, labels: [0], line: 1 }, clips[0]!];
  await using source = trainingClips(list, {
    ...options,
    onBroken: ({ error }) => void broken.push(error.message),
  });
  let count = 0;
  for await (const clip of source.epoch(0)) count += clip.tensor.data.length > 0 ? 1 : 0;
  expect(count).toBe(1);
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(
    /expected resized frames of at most 37748736 pixels, received frames of/,
  );
});

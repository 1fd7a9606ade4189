/**
 * Frames that are lost, and time stamps that are not to be believed: by node-av and by ffmpeg, to the bit. Frame n of
 * the test videos is grey 4n.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkClipList,
  openVideo,
  slidingWindows,
  views,
  type DecoderName,
  type OpenOptions,
  type Video,
  type VideoFrame,
  type ViewPreprocessing,
} from '../index.js';

const testCase = (name: string): string =>
  fileURLToPath(new URL(`../cases/${name}`, import.meta.url));
const DECODERS: readonly DecoderName[] = ['node-av', 'ffmpeg'];

let folder: string;
const original = { ...process.env };
const installed = (name: string): string =>
  (createRequire(import.meta.url)(name) as { readonly path: string }).path;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-lost-'));
  process.env['FFMPEG_PATH'] ??= installed('@ffmpeg-installer/ffmpeg');
  process.env['FFPROBE_PATH'] ??= installed('@ffprobe-installer/ffprobe');
});
afterAll(async () => {
  for (const name of ['FFMPEG_PATH', 'FFPROBE_PATH']) {
    if (original[name] === undefined) Reflect.deleteProperty(process.env, name);
  }
  await rm(folder, { recursive: true, force: true });
});

/** A frame with a hash for its pixels, and its grey in steps of the test videos. */
type Seen = Omit<VideoFrame, 'data'> & { readonly pixels: string; readonly grey: number };

async function collect(video: Video, indices?: readonly number[]): Promise<Seen[]> {
  const all: Seen[] = [];
  for await (const { data, ...frame } of video.frames(indices ? { indices } : {})) {
    const pixels = createHash('sha1').update(data).digest('hex');
    all.push({ ...frame, pixels, grey: data.reduce((a, b) => a + b, 0) / data.length / 4 });
  }
  return all;
}

const opened = (name: string, decoder: DecoderName, options: OpenOptions = {}) =>
  openVideo(testCase(name), { decoder, ...options });

const PREPROCESSING: ViewPreprocessing = {
  clip: { frames: 60, stride: 1, fps: 30 },
  sampling: 'mmaction2',
  resize: 32,
  crop: 32,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channelOrder: 'rgb',
  views: { clips: 1, crops: 1, combine: 'mean' },
};

/** Two frames, before any hole. */
const SHORT = { ...PREPROCESSING, clip: { frames: 2, stride: 1, fps: 30 } };

describe('a hole in the middle', () => {
  for (const [name, decoded, lost] of [
    ['hole-b-frames.mp4', 54, [19, 21, 22, 23, 24, 28]],
    ['hole-until-key.mp4', 51, [20, 21, 22, 23, 24, 25, 26, 27, 28]],
    ['hole-mjpeg.avi', 54, [20, 21, 22, 23, 24, 25]],
  ] as const) {
    test(`${name}: frames keep their times, lost ones are the one before, on both decoders alike`, async () => {
      const warning = `Only ${decoded} of 60 frames decode: the file is damaged.`;
      const [ours, theirs] = await Promise.all(
        DECODERS.map(async (decoder) => {
          const video = await opened(name, decoder);
          const frames = await collect(video);
          expect(video.warnings).toEqual([warning]);
          return frames;
        }),
      );
      expect(theirs).toEqual(ours);
      expect(ours!.map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, i) => i));
      expect(ours!.filter((frame) => frame.lost).map(({ index }) => index)).toEqual(lost);
      for (const { index, time, pixels, lost: missing } of ours!) {
        expect(time).toBeCloseTo(index / 30, 6);
        if (missing) expect(pixels).toBe(ours![index - 1]!.pixels);
      }
      // After the next key frame all is as it was: a step brighter from frame to frame.
      ours!.slice(32).forEach(({ grey }, i) => {
        expect(grey - ours![31 + i]!.grey).toBeGreaterThan(0.4);
        expect(grey - ours![31 + i]!.grey).toBeLessThan(1.9);
      });
    });

    test(`${name}: strict and the check of lists refuse`, async () => {
      for (const decoder of DECODERS) {
        const video = await opened(name, decoder, { strict: true });
        const run = async (): Promise<void> => {
          for await (const { tensor } of views(video, SHORT)) {
            expect(tensor.shape[2]).toBe(2);
          }
        };
        await expect(run()).rejects.toThrow(
          `${testCase(name)}: expected 60 frames, received ${decoded} that decode.`,
        );
        const path = testCase(name);
        const clips = [{ path, labels: [0], line: 1 }];
        const check = await checkClipList(
          { name: 'list', multiLabel: false, clips },
          { open: { decoder } },
        );
        expect(check.problems).toMatchObject([
          {
            kind: 'truncated',
            message: `Only ${decoded} of 60 frames decode: the file is damaged.`,
          },
        ]);
      }
    });
  }

  test('a lost frame is the one before it also where that one is not asked for', async () => {
    for (const decoder of DECODERS) {
      const video = await opened('hole-mjpeg.avi', decoder);
      const [, before] = await collect(video, [0, 19]);
      const [frame] = await collect(video, [22]);
      expect(frame).toMatchObject({ index: 22, time: 22 / 30, lost: true });
      expect(frame!.pixels).toBe(before!.pixels);
      // Counted to the end, although frame 22 was the last one asked for.
      expect(video.warnings).toEqual(['Only 54 of 60 frames decode: the file is damaged.']);
    }
  });

  test('views show it likewise', async () => {
    const video = await opened('hole-mjpeg.avi', 'node-av');
    for await (const { tensor } of views(video, PREPROCESSING)) {
      const grey = (t: number): number => tensor.data[t * 32 * 32]! * 255;
      expect(grey(25)).toBe(grey(19));
      expect(grey(26)).toBeGreaterThan(grey(25) + 20);
    }
  });
});

describe('cut in before a key frame', () => {
  test('says how much is missing; what is missing is the first that decodes', async () => {
    // The first key frame cannot be read: nothing decodes until the next, ten frames later.
    const bytes = await readFile(testCase('hole-until-key.mp4'));
    const start = bytes.indexOf('mdat') + 4;
    bytes.fill(0xff, start, start + 4);
    const path = join(folder, 'cut-in.mp4');
    await writeFile(path, bytes);
    const results = await Promise.all(
      DECODERS.map(async (decoder) => {
        const video = await openVideo(path, { decoder });
        const frames = await collect(video);
        return { frames, warnings: video.warnings };
      }),
    );
    const { frames, warnings } = results[0]!;
    expect(results[1]).toEqual(results[0]);
    const first = frames.findIndex(({ lost }) => !lost);
    const decoded = frames.filter(({ lost }) => !lost).length;
    expect(first).toBeGreaterThan(0);
    expect(warnings).toEqual([
      `Only ${decoded} of 60 frames decode: the first ${first} (${(first / 30).toFixed(3)} s) are missing, as in a video cut in before a key frame.`,
    ]);
    expect(frames[0]!.pixels).toBe(frames[first]!.pixels);
  });
});

describe('time stamps', () => {
  for (const [name, fps] of [
    ['copied-stamps.mp4', 30],
    ['copied-stamps-edited.mp4', 15],
    ['raw-30.h264', 30],
    ['b-frames.avi', 30],
  ] as const) {
    test(`${name}: all 60 frames in order of display, ${fps} a second`, async () => {
      const [ours, theirs] = await Promise.all(
        DECODERS.map(async (decoder) => {
          const video = await opened(name, decoder);
          expect(video.info).toMatchObject({ frames: 60, fps, timestamps: 'synthetic' });
          expect(video.warnings).toEqual([
            `There are no usable time stamps: frames are taken as ${fps} a second.`,
          ]);
          return collect(video);
        }),
      );
      expect(theirs).toEqual(ours);
      expect(ours!.map(({ time }) => time)).toEqual(Array.from({ length: 60 }, (_, i) => i / fps));
      expect(ours!.some(({ lost }) => lost)).toBe(false);
      const greys = ours!.map(({ grey }) => grey);
      expect(greys).toEqual(greys.toSorted((a, b) => a - b));
      greys.slice(1).forEach((grey, i) => expect(grey).toBeGreaterThan(greys[i]!));
    });
  }

  test('are those that a player shows, where pictures begin after the sound', async () => {
    for (const decoder of DECODERS) {
      const video = await opened('late-start.mp4', decoder);
      const frames = await collect(video, [0, 59]);
      expect(frames.map(({ time }) => time)).toEqual([2, 2 + 59 / 30]);
      const options = { window: 30, stride: 30, fps: 30, frames: 8 };
      const windows = slidingWindows(video.timeline, options);
      expect(windows.map(({ start, end }) => [start, end])).toEqual([
        [2, 3],
        [3, 4],
      ]);
    }
  });
});

describe('sizes', () => {
  test('frames of another size are scaled to the first, with a warning', async () => {
    const video = await opened('size-change.m2ts', 'node-av');
    const frames = await collect(video);
    expect(frames).toHaveLength(120);
    expect(new Set(frames.map(({ width, height }) => `${width}x${height}`))).toEqual(
      new Set(['128x96']),
    );
    expect(video.warnings).toContain(
      'The size of the frames changes from 128x96 to 256x192: all are scaled to the first.',
    );
    for (let i = 0; i < 60; i++)
      expect(Math.abs(frames[60 + i]!.grey - frames[i]!.grey)).toBeLessThan(1);
  });

  test('a stream that does not say how large its frames are is refused', async () => {
    await expect(opened('no-size.m2ts', 'node-av')).rejects.toThrow(
      `${testCase('no-size.m2ts')}: expected frames of a size that the file states, received frames of 0x0.`,
    );
  });

  test('frames that become too large once resized are refused before any is decoded', async () => {
    const path = testCase('long-and-narrow.mkv');
    const wide = { ...PREPROCESSING, resize: 256, crop: 224 };
    const video = await openVideo(path);
    await expect(views(video, wide).next()).rejects.toThrow(
      `${path}: expected resized frames of at most 37748736 pixels, received frames of 524288x256. ` +
        'Crop the video: its frames are too long and narrow for this model.',
    );
    const narrow = { ...PREPROCESSING, clip: { frames: 30, stride: 1, fps: 25 } };
    await expect(
      views(await openVideo(path, { maxClipBytes: 2 ** 28 }), narrow).next(),
    ).rejects.toThrow(
      `${path}: expected clips of at most 256 MiB, received 720 MiB of 30 frames resized to 65536x32.`,
    );
  });

  test('pixels that are not square are taken as they are, and that is said', async () => {
    const video = await openVideo(
      fileURLToPath(new URL('../../../../examples/media/arm-wrestling.mp4', import.meta.url)),
    );
    expect(video.info).toMatchObject({ width: 340, height: 256 });
    expect(video.warnings).toEqual([
      'Pixels are not square but 1.255:1; frames are taken as they are stored, as by the code that models were trained with.',
    ]);
  });
});

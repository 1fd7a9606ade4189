import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { clipFrames, openVideo, type Timeline, type Video } from '../index.js';
import { evenTimeline } from './timeline.js';
import { placedClipFrames } from './clip-frames.js';

const CLIP = { frames: 32, stride: 2, fps: 30 };
const PRESETS = ['pytorchvideo', 'pyslowfast', 'mmaction2'] as const;
const media = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/media/${name}`, import.meta.url));

type Golden = { video: string } & Partial<Record<(typeof PRESETS)[number], number[][]>>;

const golden = async (name: string): Promise<Golden> =>
  JSON.parse(
    await readFile(new URL(`../goldens/indices_${name}.json`, import.meta.url), 'utf8'),
  ) as Golden;

/** Frames that look the same as a frame before them: at most 2 levels in any value, 0.001 on average. */
async function standingStill(video: Video, reach: number): Promise<ReadonlySet<string>> {
  const pairs = new Set<string>();
  const recent: { index: number; data: Uint8Array }[] = [];
  for await (const { index, data } of video.frames()) {
    for (const before of recent) {
      let sum = 0;
      let largest = 0;
      for (let i = 0; i < data.length && largest <= 2; i++) {
        const difference = data[i]! - before.data[i]!;
        sum += difference < 0 ? -difference : difference;
        largest = difference > largest ? difference : -difference > largest ? -difference : largest;
      }
      if (largest <= 2 && sum / data.length < 1e-3) pairs.add(`${index} as ${before.index}`);
    }
    recent.push({ index, data });
    if (recent.length > reach) recent.shift();
  }
  return pairs;
}

describe('clipFrames takes the frames that the reference takes', () => {
  for (const name of [
    'five-frames',
    'variable-frame-rate',
    'arm-wrestling',
    'archery',
    'exercise',
    'flipping-a-pancake',
  ]) {
    test(name, async () => {
      const expected = await golden(name);
      const video = await openVideo(media(expected.video));
      const still = await standingStill(video, 2);
      for (const preset of PRESETS) {
        const reference = expected[preset];
        if (!reference) continue;
        const clips = clipFrames(preset, video.timeline, CLIP, 10).map(({ frames }) => frames);
        const named = clips.map((frames, clip) =>
          frames.map((frame, i) => {
            const named = reference[clip]![i]!;
            return still.has(`${frame} as ${named}`) ? named : frame;
          }),
        );
        expect({ preset, clips: named }).toEqual({ preset, clips: reference });
      }
      await video.close();
    });
  }
});

/** A time line as a muxer rounds its stamps, and what each reference takes of it. */
type TimelineGolden = {
  timeBase: [num: number, den: number];
  rate: [num: number, den: number];
  frames: number;
  start: number;
  durationTicks: number | null;
  pts?: number[];
} & Record<(typeof PRESETS)[number], number[][]>;

describe('clipFrames takes the frames that the definitions take', () => {
  const { clip, clips, timelines } = JSON.parse(
    readFileSync(new URL('../goldens/time-bases.json', import.meta.url), 'utf8'),
  ) as { clip: typeof CLIP; clips: number; timelines: TimelineGolden[] };

  for (const golden of timelines) {
    const { timeBase, rate, frames, start, durationTicks } = golden;
    const name = `time base ${timeBase.join('/')}, ${frames} frames at ${rate.join('/')}, start ${start}, duration ${durationTicks}`;
    test(name, () => {
      const [num, den] = timeBase;
      const fps = rate[0] / rate[1];
      const stamp = (i: number): number =>
        start + Math.floor((2 * i * rate[1] * den + rate[0] * num) / (2 * rate[0] * num));
      const pts = golden.pts ?? Array.from({ length: frames }, (_, i) => stamp(i));
      const timeline: Timeline = {
        ...{ frames, fps, pts, start: 0, timeBase: { num, den } },
        duration: (durationTicks ?? pts.at(-1)! - pts[0]! + den / (num * fps)) * (num / den),
        durationDeclared: durationTicks !== null,
        ...{ timestamps: 'container', truncated: false },
      };
      for (const preset of PRESETS) {
        const taken = clipFrames(preset, timeline, clip, clips).map((sample) => sample.frames);
        expect({ preset, clips: taken }).toEqual({ preset, clips: golden[preset] });
      }
    });
  }
});

describe('clipFrames', () => {
  const timeline = evenTimeline(300, 30);

  test('spreads clips over the whole video, PySlowFast leaving out the last tenth', () => {
    const starts = (preset: 'pytorchvideo' | 'pyslowfast' | 'mmaction2' | 'custom') =>
      clipFrames(preset, timeline, CLIP, 10).map(({ frames }) => frames[0]);
    expect(starts('mmaction2').at(-1)).toBe(300 - 63);
    // 64 / 30 as a float is a little less, so that the last clip begins a little after frame 236.
    expect(starts('pytorchvideo').at(-1)).toBe(300 - 64 + 1);
    // (300 - 64) * 0.9 = 212.4, cut to whole ticks, which are frames here.
    expect(starts('pyslowfast').at(-1)).toBe(212);
    expect(starts('custom').at(-1)).toBe(300 - 64);
  });

  test('one clip: the start, but the middle for mmaction2 and custom', () => {
    const first = (preset: 'pytorchvideo' | 'pyslowfast' | 'mmaction2' | 'custom') =>
      clipFrames(preset, timeline, CLIP, 1)[0]!.frames[0];
    expect(first('pytorchvideo')).toBe(0);
    expect(first('pyslowfast')).toBe(0);
    expect(first('mmaction2')).toBe(118);
    expect(first('custom')).toBe(118);
  });

  test('custom keeps the speed of motion at another frame rate', () => {
    const at60 = clipFrames('custom', evenTimeline(600, 60), CLIP, 1)[0]!;
    expect(at60.frames.slice(0, 4)).toEqual([236, 240, 244, 248]);
    const at10 = clipFrames('custom', evenTimeline(100, 10), CLIP, 10)[0]!;
    expect(at10.frames.slice(0, 7)).toEqual([0, 0, 1, 2, 2, 3, 4]);
    expect(at10.padded).toBe(false);
  });

  test('mmaction2 takes a single frame from the middle of each of equal parts', () => {
    const clip = { frames: 1, stride: 1, fps: 30 };
    const clips = clipFrames('mmaction2', evenTimeline(10, 30), clip, 4);
    expect(clips.map(({ frames }) => frames[0])).toEqual([1, 3, 6, 8]);
  });

  test('too short a video: stretched, held, looped, held; and says so', () => {
    const short = evenTimeline(4, 30);
    const clip = { frames: 8, stride: 1, fps: 30 };
    const of = (preset: 'pytorchvideo' | 'pyslowfast' | 'mmaction2' | 'custom') =>
      clipFrames(preset, short, clip, 1)[0];
    const sample = (frames: number[]) => ({ frames, padded: true, truncated: false });
    expect(of('pytorchvideo')).toEqual(sample([0, 0, 0, 1, 1, 2, 2, 3]));
    expect(of('pyslowfast')).toEqual(sample([0, 1, 2, 3, 3, 3, 3, 3]));
    expect(of('mmaction2')).toEqual(sample([0, 1, 2, 3, 0, 1, 2, 3]));
    expect(of('custom')).toEqual(sample([0, 1, 2, 3, 3, 3, 3, 3]));
  });

  test('a gap in the time stamps gives the frame that is on screen', () => {
    const gap: Timeline = {
      ...evenTimeline(4, 1),
      timeBase: { num: 1, den: 1 },
      duration: 104,
      pts: [0, 1, 102, 103],
      timestamps: 'container',
    };
    const clip = { frames: 2, stride: 1, fps: 1 };
    for (const preset of ['pytorchvideo', 'custom'] as const) {
      expect(clipFrames(preset, gap, clip, 3)[1]!.frames).toEqual([1, 1]);
    }
    // PySlowFast's reader finds none at 51 s, and then counts frames of the whole video.
    expect(clipFrames('pyslowfast', gap, clip, 2)[1]!.frames).toEqual([1, 2]);
  });

  test('segments are the middles of equal parts of the whole video, whoever samples', () => {
    // Bounds of four parts of 10 frames: 0, 2.25, 4.5, 6.75, 9, rounded half to even as numpy does.
    const clip = { ...CLIP, frames: 4, segments: true };
    for (const preset of [...PRESETS, 'custom'] as const) {
      const clips = clipFrames(preset, evenTimeline(10, 12), clip, 2);
      expect(clips.map(({ frames }) => frames)).toEqual(Array(2).fill([1, 3, 5, 8]));
      expect(clips[0]!.padded).toBe(false);
    }
    // In training any frame of a part, its bounds among them, as often as another.
    const drawn = Array.from({ length: 4000 }, (_, i) =>
      placedClipFrames('pyslowfast', evenTimeline(10, 12), clip, i / 4000),
    );
    for (const [part, frames] of [
      [0, 1, 2],
      [2, 3, 4],
      [4, 5, 6, 7],
      [7, 8, 9],
    ].entries()) {
      const counts = frames.map(
        (frame) => drawn.filter((one) => one.frames[part] === frame).length,
      );
      expect(counts.reduce((sum, count) => sum + count)).toBe(4000);
      // Five standard deviations of a binomial count.
      const share = 4000 / frames.length;
      for (const count of counts)
        expect(Math.abs(count - share)).toBeLessThan(5 * Math.sqrt(share));
    }
    const pairs = new Set(drawn.map(({ frames }) => `${frames[0]} ${frames[3]}`));
    expect(pairs.size).toBe(9);
    const short = clipFrames('pyslowfast', evenTimeline(3, 12), clip, 1)[0]!;
    expect(short).toMatchObject({ frames: [0, 0, 1, 2], padded: true });
  });

  test('pictures are counted, as by the loader of Charades; a short video is held at either end', () => {
    const pictures = (frames: number, fps = 30): Timeline => ({
      ...evenTimeline(frames, fps),
      timestamps: 'pictures',
    });
    const clip = { frames: 8, stride: 8, fps: 30 };
    // PySlowFast's own numbers for 100 pictures and ten views, and for 20 and two.
    const clips = clipFrames('pyslowfast', pictures(100), clip, 10);
    expect(clips.map(({ frames }) => frames[0])).toEqual([0, 5, 10, 14, 19, 24, 29, 33, 38, 43]);
    expect(clips[3]).toMatchObject({ frames: [14, 22, 30, 38, 46, 54, 62, 70], padded: false });
    expect(clipFrames('pyslowfast', pictures(20), { ...clip, frames: 4 }, 2)).toEqual(
      Array(2).fill({ frames: [0, 8, 16, 19], padded: true, truncated: false }),
    );
    expect(clipFrames('pyslowfast', pictures(100), clip, 1)[0]!.frames[0]).toBe(21);
    const at = (frames: number, place: number): number[] => [
      ...placedClipFrames('pyslowfast', pictures(frames), { ...clip, frames: 4 }, place).frames,
    ];
    expect([at(100, 0)[0], at(100, 1 - 1e-9)[0], at(100, 0.5)[0]]).toEqual([0, 75, 38]);
    // From -5, where the clip ends with the video, to 0.
    expect([at(20, 0), at(20, 1 - 1e-9)]).toEqual([
      [0, 3, 11, 19],
      [0, 8, 16, 19],
    ]);
    // Twice as many a second: twice as far apart.
    const twice = placedClipFrames('pyslowfast', pictures(100, 60), { ...clip, frames: 4 }, 0);
    expect(twice.frames).toEqual([0, 16, 32, 48]);
  });

  test('passes on that the video is truncated', () => {
    const cut = evenTimeline(100, 30, true);
    expect(clipFrames('mmaction2', cut, CLIP, 1)[0]!.truncated).toBe(true);
  });

  test('refuses counts that are none', () => {
    expect(() => clipFrames('custom', timeline, CLIP, 0)).toThrow(
      'clips: expected a positive integer, received 0.',
    );
    expect(() => clipFrames('custom', timeline, { ...CLIP, frames: 1.5 }, 1)).toThrow(
      'preprocessing.clip.frames: expected a positive integer, received 1.5.',
    );
    expect(() => clipFrames('custom', timeline, { ...CLIP, fps: 0 }, 1)).toThrow(
      'preprocessing.clip.fps: expected a positive frame rate, received 0.',
    );
    expect(() => clipFrames('custom', evenTimeline(0, 30), CLIP, 1)).toThrow(
      'timeline.frames: expected a positive integer, received 0.',
    );
  });
});

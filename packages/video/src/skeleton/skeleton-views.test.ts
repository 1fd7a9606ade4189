/** @file Skeletons to heat maps, against mmaction2's own transforms. */
import { readFileSync } from 'node:fs';
import { formulaClip } from '@slowfast/core/testing';
import { heatMaps, skeletonFrames, skeletonViews, viewPlan } from '../index.js';
import { uniformFrames } from './uniform-frames.js';

interface Golden {
  readonly frames: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly maps: readonly {
    readonly parts: 'joints' | 'limbs';
    readonly size: number;
    readonly spread: number;
    readonly views: readonly {
      readonly clip: number;
      readonly crop: number;
      readonly nonzero: number;
      readonly sum: number;
      readonly index: readonly number[];
      readonly value: readonly number[];
    }[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../goldens/mmaction2-skeletons.json', import.meta.url), 'utf8'),
) as Golden;

it.each(Object.entries(golden.frames))('draws the frames of a video of %s', (total, clips) => {
  expect(uniformFrames(Number(total), 48, 10)).toEqual(clips);
});

/** Two people by formula, the second from frame 20 on; in each frame one joint is missing. */
function sequence(spread: number) {
  const people = formulaClip([70, 2, 17, 3], 'skeletons').data;
  const frames = Array.from({ length: 70 }, (_, t) =>
    (t < 20 ? [0] : [0, 1]).map((person) =>
      Float32Array.from({ length: 51 }, (_, i) => {
        const value = Number(people[(t * 2 + person) * 51 + i]);
        if (Math.floor(i / 3) === t % 17) return 0;
        if (i % 3 === 2) return (value + 2) / 4;
        return i % 3 === 0
          ? 200 + spread * value + 3 * spread * person
          : 150 + 1.25 * spread * value;
      }),
    ),
  );
  return { width: 480, height: 300, frames };
}

const preprocessing = (parts: 'joints' | 'limbs', size: number) =>
  ({
    clip: { frames: 48, stride: 1, fps: 30, segments: true },
    ...{ resize: size, crop: size },
    skeleton: { parts, sigma: 0.6, padding: 0.25 },
    views: { clips: 2, crops: 2, combine: 'mean' },
  }) as const;

it.each(golden.maps)(
  'draws $parts at $size pixels, spread $spread',
  ({ parts, size, spread, views }) => {
    const ours = [...skeletonViews(sequence(spread), preprocessing(parts, size))];
    expect(ours).toHaveLength(views.length);
    views.forEach(({ clip, crop, nonzero, sum, index, value }, i) => {
      const { tensor, ...view } = ours[i]!;
      expect(view).toMatchObject({ clip, crop, padded: false });
      expect(tensor.shape).toEqual([1, 17, 48, size, size]);
      expect(tensor.data.reduce((count, v) => count + (v === 0 ? 0 : 1), 0)).toBe(nonzero);
      expect(tensor.data.reduce((all, v) => all + v, 0) / sum).toBeCloseTo(1, 5);
      index.forEach((at, k) => expect(tensor.data[at]).toBeCloseTo(value[k]!, 4));
    });
  },
);

it('says where nobody is, and which crops there are not', () => {
  const empty = { width: 4, height: 4, frames: [[], []] };
  const by = preprocessing('joints', 32);
  expect(() => [...skeletonViews(empty, by, { site: 'a.mp4' })]).toThrow(
    'a.mp4: expected people in the video, received 2 frames without anybody',
  );
  expect(() => [...skeletonViews(sequence(20), by, { crops: 3 })]).toThrow(
    'crops: expected 1, or 2 with the mirror image of skeletons, received 3',
  );
  expect(() => uniformFrames(0, 48, 1)).toThrow(
    'uniformFrames.total: expected a whole number of at least 1, received 0',
  );
});

it('a short video needs each of its frames, a long one those that are drawn', () => {
  expect(skeletonFrames(30, preprocessing('joints', 32))).toHaveLength(30);
  const frames = skeletonFrames(1000, preprocessing('joints', 32), { clips: 1 });
  expect(frames).toEqual(uniformFrames(1000, 48, 1)[0]);
});

it('the higher of two people counts', () => {
  const person = (x: number, score: number) =>
    Float32Array.from({ length: 51 }, (_, i) => [x, 8, score][i % 3]!);
  const at = (people: readonly Float32Array[]) => {
    const { data } = heatMaps([people], 16, { parts: 'joints', sigma: 0.6 });
    return [data[8 * 16 + 4]!, data[8 * 16 + 5]!];
  };
  const [own, beside] = at([person(4, 0.5), person(5, 1)]);
  expect(own).toBeCloseTo(0.5, 6);
  expect(beside).toBeCloseTo(1, 6);
});

it('views of frames refuse a model that sees skeletons', () => {
  const timeline = { frames: 60, fps: 30 } as never;
  const colours = {
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channelOrder: 'rgb',
    sampling: 'mmaction2',
  } as const;
  expect(() =>
    viewPlan(timeline, { width: 64, height: 64 }, { ...colours, ...preprocessing('joints', 32) }),
  ).toThrow(
    'video: expected a model that sees frames, received one that takes the skeletons of people',
  );
});

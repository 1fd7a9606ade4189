/** @file Clips of skeletons for training: what they show, what chance changes in them, and the mirror. */
import { SKELETON_NUMBERS, skeletonClip, type Skeleton, type SkeletonSequence } from '../index.js';
import { MIRROR } from './body.js';
import { heatMaps, mirrored } from './heat-maps.js';

const SIZE = 64;
const CROP = 56;
const options = (frames: number) => ({
  clip: { frames, stride: 1, fps: 30, segments: true },
  ...{ resize: SIZE, crop: CROP, flip: true },
  skeleton: { parts: 'joints', sigma: 0.6, padding: 0.25 } as const,
});

/** A person whose joints lie on a grid that wanders to the right, frame by frame. */
const person = (t: number): Skeleton =>
  Float32Array.from({ length: SKELETON_NUMBERS }, (_, i) => {
    const joint = Math.floor(i / 3);
    return i % 3 === 2 ? 0.9 : i % 3 === 0 ? 100 + 9.3 * (joint % 5) + t : 80 + 11.7 * joint;
  });

const video = (total: number): SkeletonSequence => ({
  ...{ width: 640, height: 480 },
  frames: Array.from({ length: total }, (_, t) => [person(t)]),
});

const different = (keys: readonly number[]): boolean => {
  const [plain, flipped] = [false, true].map((flip) =>
    skeletonClip(video(60), { ...options(4), flip }, keys),
  );
  return plain!.tensor.data.some((value, i) => value !== flipped!.tensor.data[i]);
};

it('draws the same clip for the same keys, another in another epoch', () => {
  const [first, again, later] = [
    [1, 0, 3],
    [1, 0, 3],
    [1, 1, 3],
  ].map((keys) => skeletonClip(video(90), options(8), keys));
  expect(first!.tensor.shape).toEqual([1, 17, 8, CROP, CROP]);
  expect(again).toEqual(first);
  expect(later!.frames).not.toEqual(first!.frames);
  expect(later!.tensor.data).not.toEqual(first!.tensor.data);
});

it('draws each frame from its equal part, begins short videos anywhere and again', () => {
  const starts = new Set<number>();
  for (let clip = 0; clip < 40; clip++) {
    const { frames } = skeletonClip(video(80), options(8), [0, 0, clip]);
    expect(frames.map((frame) => Math.floor(frame / 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const some = skeletonClip(video(11), options(8), [0, 0, clip]).frames;
    expect(some.every((frame, i) => i === 0 || frame > some[i - 1]!)).toBe(true);
    const short = skeletonClip(video(5), options(8), [0, 0, clip]).frames;
    expect(short).toEqual(Array.from({ length: 8 }, (_, i) => (short[0]! + i) % 5));
    starts.add(short[0]!);
  }
  expect([...starts].sort()).toEqual([0, 1, 2, 3, 4]);
});

it('shows 56 to 100 % of the square, so that the distance of two joints changes in both axes by itself', () => {
  // Two joints an eighth of the square apart, as pixels of the clip where all of it is shown.
  const distances = (axis: 0 | 1): readonly (number | undefined)[] => {
    const numbers = Array.from(person(0), () => 0);
    numbers.splice(0, 3, 100, 100, 1);
    numbers.splice(3, 3, axis === 0 ? 200 : 100, axis === 0 ? 100 : 200, 1);
    // A third joint keeps the square as it is: 100 pixels, a quarter larger.
    numbers.splice(6, 3, 200, 200, 1);
    const one = { width: 640, height: 480, frames: [[Float32Array.from(numbers)]] };
    return Array.from({ length: 60 }, (_, clip) => {
      const { tensor } = skeletonClip(one, { ...options(1), flip: false }, [0, 0, clip]);
      const at = [0, 1].map((joint) => {
        const map = tensor.data.subarray(joint * CROP ** 2, (joint + 1) * CROP ** 2);
        const best = map.indexOf(Math.max(...map));
        return axis === 0 ? best % CROP : Math.floor(best / CROP);
      });
      // Joints outside of the part are not drawn.
      return tensor.data.slice(0, CROP ** 2).some(Boolean) && at[1]! > at[0]!
        ? at[1]! - at[0]!
        : undefined;
    });
  };
  const [x, y] = [distances(0), distances(1)];
  const both = x.flatMap((along, i) => {
    const down = y[i];
    return along && down ? [{ along, down }] : [];
  });
  expect(both.length).toBeGreaterThan(20);
  for (const { along, down } of both) {
    // 80 % of the square are 44.8 pixels where all of it is shown.
    const area = 44.8 ** 2 / (along * down);
    expect(area).toBeGreaterThan(0.56 * 0.94);
    expect(area).toBeLessThan(1.06);
    expect(Math.max(along / down, down / along)).toBeLessThan((4 / 3) * 1.06);
  }
  expect(new Set(both.map(({ along, down }) => along - down)).size).toBeGreaterThan(5);
});

it('mirrors every second clip, left and right exchanged', () => {
  const flips = Array.from({ length: 200 }, (_, clip) => different([7, 0, clip])).filter(Boolean);
  expect(flips.length).toBeGreaterThan(70);
  expect(flips.length).toBeLessThan(130);
  const keys = Array.from({ length: 9 }, (_, clip) => [7, 0, clip]).find(different)!;
  const [plain, flipped] = [false, true].map((flip) =>
    skeletonClip(video(60), { ...options(4), flip }, keys),
  );
  expect(flipped!.tensor).toEqual(mirrored(plain!.tensor, 'joints'));
});

it.each(['joints', 'limbs'] as const)(
  'a mirrored map of %s is that of mirrored joints',
  (parts) => {
    const placed = Array.from(person(0), (value, i) =>
      i % 3 === 2 ? value : value / (i % 3 === 0 ? 4 : 7),
    );
    const flipped = Array.from({ length: SKELETON_NUMBERS }, (_, i) => {
      const value = placed[3 * MIRROR.joints[Math.floor(i / 3)]! + (i % 3)]!;
      return i % 3 === 0 ? SIZE - 1 - value : value;
    });
    const maps = { parts, sigma: 0.6 };
    const image = mirrored(heatMaps([[placed]], SIZE, maps), parts);
    const own = heatMaps([[flipped]], SIZE, maps);
    // The last column at three deviations is drawn on one side alone, as in mmaction2.
    const edge = 0.9 * Math.exp(-4.5);
    const apart = own.data.map((value, i) => Math.abs(value - image.data[i]!));
    expect(Math.max(...apart)).toBeLessThanOrEqual(edge + 1e-6);
    own.data.forEach((value, i) => {
      if (value > 1.1 * edge) expect(value).toBeCloseTo(image.data[i]!, 5);
    });
    expect(own.data.filter((value) => value > 0.4).length).toBeGreaterThan(17);
  },
);

it('frames without anybody are empty maps', () => {
  const empty = { width: 9, height: 9, frames: [[], [], []] };
  const { tensor } = skeletonClip(empty, options(2), [0, 0, 0]);
  expect(tensor.data.every((value) => value === 0)).toBe(true);
});

import type { RgbImage } from '../transform/resize.js';
import { augmentedClip, drawnFactor, drawnScale, scaledSize } from './augment.js';
import { resized } from './clip-shape.js';
import { clipDraw, type ClipDraw } from './draw.js';
import { augmentation, type AugmentOptions } from './options.js';
import { keyedRandom, permutation } from '@slowfast/core';

const CLIP = { frames: 2, stride: 1, fps: 30 };
const DRAW: ClipDraw = {
  ...{ start: 0, scale: 0, x: 0, y: 0, flip: 1 },
  ...{ colour: [0.5, 0.5, 0.5], colourOrder: 0, ratio: 0.5, speed: 0.5, stride: 0 },
};
const PLAIN: AugmentOptions = {
  ...{ clip: CLIP, crop: 4, scale: [1, 1] as const, flip: false },
  ...{ mean: [0, 0, 0] as const, std: [1 / 255, 1 / 255, 1 / 255] as const },
};

/** A frame whose red is the column, green the row, blue a constant. */
function frame(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.set([i % width, Math.floor(i / width), 7], 3 * i);
  }
  return { width, height, data };
}

const plane = (data: Float32Array, channel: number, size: number): number[] =>
  Array.from(data.slice(channel * size, (channel + 1) * size), (x) => +x.toFixed(4));

describe('random numbers', () => {
  it('depend on the keys alone, and differ for each of them', () => {
    const first = (...keys: number[]): number => keyedRandom(...keys)();
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    const all = [
      first(1, 2, 3),
      first(2, 1, 3),
      first(1, 2, 4),
      first(1 + 2 ** 32, 2, 3),
      first(1, 2),
    ];
    expect(new Set(all).size).toBe(5);
  });

  it('are even: every tenth as often, neighbours and epochs unrelated', () => {
    const counts = new Array<number>(10).fill(0);
    let product = 0;
    for (let clip = 0; clip < 20_000; clip++) {
      const { start } = clipDraw(0, 5, clip);
      const at = Math.floor(start * 10);
      counts[at] = counts[at]! + 1;
      product += (start - 0.5) * (clipDraw(0, 6, clip).start - 0.5);
    }
    // Five standard deviations of a binomial count, and of a mean of products of uniform numbers.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(1800));
    expect(Math.abs(product / 20_000)).toBeLessThan(5 / 12 / Math.sqrt(20_000));
  });

  it('shuffle into every order', () => {
    const orders = new Set(
      Array.from({ length: 200 }, (_, epoch) => permutation(3, keyedRandom(0, epoch)).join('')),
    );
    expect([...orders].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
  });
});

describe('the size of a frame before it is cropped', () => {
  const square = augmentation({ clip: CLIP, crop: 224 });

  it('is that of PySlowFast: short side from 256 to 320, long side rounded down', () => {
    expect(drawnScale(square, 0) * 224).toBeCloseTo(256, 9);
    expect(drawnScale(square, 1) * 224).toBeCloseTo(320, 9);
    expect(scaledSize(square, { width: 340, height: 256 }, 300 / 224)).toEqual({
      width: 398,
      height: 300,
    });
    expect(scaledSize(square, { width: 240, height: 426 }, 257 / 224)).toEqual({
      width: 257,
      height: 456,
    });
  });

  it('is drawn by its inverse for Slow-only networks', () => {
    const inverse = augmentation({ clip: CLIP, crop: 224, inverseScale: true });
    expect(drawnScale(inverse, 0) * 224).toBeCloseTo(320, 9);
    expect(drawnScale(inverse, 1) * 224).toBeCloseTo(256, 9);
    expect(drawnScale(inverse, 0.5) * 224).toBeCloseTo(2 / (1 / 256 + 1 / 320), 9);
  });

  it('covers a crop that is not square, or becomes it', () => {
    const crop = [80, 104] as const;
    const keep = augmentation({ clip: CLIP, crop });
    const narrow = { width: 128, height: 332 };
    expect(scaledSize(keep, narrow, 1)).toEqual({ width: 104, height: 269 });
    expect(scaledSize(keep, { width: 500, height: 100 }, 1.5)).toEqual({ width: 600, height: 120 });
    const stretch = augmentation({ clip: CLIP, crop, aspect: 'stretch' });
    expect(scaledSize(stretch, narrow, 1.25)).toEqual({ width: 130, height: 100 });
  });
});

describe('a clip of another extent', () => {
  const whole = augmentation({ clip: { frames: 32, stride: 2, fps: 30 }, crop: 224 });
  const at = (frames: number, side: number, stride = 0) =>
    resized(whole, { frames, size: [side, side] }, { stride });

  it('sees from as little of the frame as a whole one to more: the short side is from least · crop to most', () => {
    const small = at(32, 112);
    expect(drawnScale(small, 0) * 112).toBeCloseTo(128, 9);
    expect(drawnScale(small, 1) * 112).toBeCloseTo(320, 9);
    expect(at(32, 224)).toEqual(whole);
  });

  it('of fewer frames has them up to as far apart as to span the whole, each distance as often', () => {
    const strides = Array.from({ length: 700 }, (_, i) => at(8, 224, i / 700).clip.stride);
    expect([Math.min(...strides), Math.max(...strides)]).toEqual([2, 8]);
    for (let stride = 2; stride <= 8; stride++) {
      expect(strides.filter((one) => one === stride)).toHaveLength(100);
    }
  });
});

describe('the ratio of width to height', () => {
  const options = augmentation({ ...PLAIN, crop: [80, 104], aspect: 'stretch', ratio: [0.5, 2] });

  it('is drawn evenly in its logarithm', () => {
    expect([0, 0.25, 0.5, 0.75].map((draw) => drawnFactor(options.ratio, draw))).toEqual([
      0.5,
      expect.closeTo(Math.SQRT1_2, 9),
      1,
      expect.closeTo(Math.SQRT2, 9),
    ]);
  });

  it('keeps the area where there is room, and covers the crop in any case', () => {
    const frame = { width: 300, height: 200 };
    const { width, height } = scaledSize(options, frame, 2, 1.5);
    expect(width / height).toBeCloseTo((104 / 80) * 1.5, 1);
    expect((width * height) / (208 * 160)).toBeCloseTo(1, 1);
    expect(scaledSize(options, frame, 1, 2)).toEqual({ width: 147, height: 80 });
    expect(scaledSize(options, frame, 1, 0.5)).toEqual({ width: 104, height: 113 });
  });
});

describe('augmentedClip', () => {
  it('cuts where the draw says, and reaches every corner', () => {
    const at = (x: number, y: number): number[] => {
      const options = augmentation({ ...PLAIN, crop: 2, scale: [2, 2] });
      const { data } = augmentedClip([frame(4, 4)], { ...DRAW, x, y }, options);
      return [plane(data, 0, 4)[0]!, plane(data, 1, 4)[0]!];
    };
    expect(at(0, 0)).toEqual([0, 0]);
    expect(at(1 - 1e-9, 0)).toEqual([2, 0]);
    expect(at(0.5, 1 - 1e-9)).toEqual([1, 2]);
  });

  it('mirrors half of the clips, unless told not to', () => {
    const row = (flip: number, allowed: boolean): number[] => {
      const options = augmentation({ ...PLAIN, flip: allowed });
      const { data, shape } = augmentedClip([frame(4, 4)], { ...DRAW, flip }, options);
      expect(shape).toEqual([1, 3, 1, 4, 4]);
      return plane(data, 0, 16).slice(0, 4);
    };
    expect(row(0.49, true)).toEqual([3, 2, 1, 0]);
    expect(row(0.5, true)).toEqual([0, 1, 2, 3]);
    expect(row(0, false)).toEqual([0, 1, 2, 3]);
  });

  it('normalises, in the order of channels asked for', () => {
    const options = augmentation({
      ...{ clip: CLIP, crop: 4, scale: [1, 1], flip: false, channelOrder: 'bgr' },
      ...{ mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 0.125] },
    });
    const { data } = augmentedClip([frame(4, 4)], DRAW, options);
    expect(data[0]).toBeCloseTo((7 / 255 - 0.1) / 0.5, 5);
    expect(data[16 + 5]).toBeCloseTo((1 / 255 - 0.2) / 0.25, 5);
    expect(data[32 + 5]).toBeCloseTo((1 / 255 - 0.3) / 0.125, 5);
  });

  it('changes colours as PySlowFast does, in the order drawn', () => {
    const grey = ([r, g, b]: readonly number[]): number => 0.299 * r! + 0.587 * g! + 0.114 * b!;
    const pixels = Array.from({ length: 16 }, (_, i) => [i % 4, Math.floor(i / 4), 7]);
    const run = (colourOrder: number): Float32Array => {
      const options = augmentation({
        ...PLAIN,
        colour: { brightness: 0.4, contrast: 0.2, saturation: 0.5 },
      });
      const draw = { ...DRAW, colour: [1, 0, 0.75] as const, colourOrder };
      return augmentedClip([frame(4, 4)], draw, options).data;
    };
    // Factors 1 + s·(2u − 1): 1.4, 0.8, 1.25.
    const blends = [
      (all: number[][]) => all.map((p) => p.map((v) => v * 1.4)),
      (all: number[][]) => {
        const mean = all.reduce((sum, p) => sum + grey(p), 0) / all.length;
        return all.map((p) => p.map((v) => v * 0.8 + 0.2 * mean));
      },
      (all: number[][]) => all.map((p) => p.map((v) => v * 1.25 - 0.25 * grey(p))),
    ];
    const expected = (order: readonly number[]): number[][] =>
      order.reduce((all, which) => blends[which]!(all), pixels);
    for (const [draw, order] of [
      [0, [0, 1, 2]],
      [0.99, [2, 1, 0]],
    ] as const) {
      const data = run(draw);
      expected(order).forEach((pixel, i) =>
        pixel.forEach((value, channel) => expect(data[channel * 16 + i]).toBeCloseTo(value, 3)),
      );
    }
  });
});

describe('augmentation', () => {
  it.each([
    [{ crop: 0 }, 'crop: expected one or two positive integers, received 0.'],
    [
      { scale: [0.5, 1] as const },
      'scale: expected two factors from 1 up, the least first, received [0.5,1].',
    ],
    [
      { ratio: [2, 1] as const },
      'ratio: expected two factors above 0, the least first, received [2,1].',
    ],
    [
      { speed: [0, 1] as const },
      'speed: expected two factors above 0, the least first, received [0,1].',
    ],
    [
      { speed: [0.5, 2] as const, sampling: 'mmaction2' as const },
      'speed: expected [1, 1] where frames are taken by their number, received [0.5,2].',
    ],
    [{ std: [1, 0, 1] as const }, 'std: expected positive numbers, received [1,0,1].'],
    [{ colour: { contrast: 2 } }, 'colour.contrast: expected a strength from 0 to 1, received 2.'],
    [{ clip: { ...CLIP, stride: 1.5 } }, 'clip.stride: expected a positive integer, received 1.5.'],
  ])('refuses %j', (options, message) => {
    expect(() => augmentation({ ...PLAIN, ...options })).toThrow(message);
  });
});

import { float32Tensor } from '@slowfast/core';
import { mixup } from './mixup.js';
import { keyedRandom } from '@slowfast/core';
import { betaSample } from './random.js';

it('blends clips and targets with the batch in reverse, by the same share', () => {
  const clips = float32Tensor([2, 1, 1, 1, 2], Float32Array.of(1, 2, 3, 4));
  const targets = float32Tensor([2, 2], Float32Array.of(1, 0, 0, 1));
  const sounds = float32Tensor([2, 1, 1, 1, 1], Float32Array.of(5, 6));
  const mixed = mixup({ clips, sounds, targets }, 0.5, keyedRandom(1));
  const share = mixed.targets.data[0]!;
  expect(share).toBeCloseTo(betaSample(0.5, keyedRandom(1)), 6);
  const other = 1 - share;
  [share, other, other, share].forEach((value, i) =>
    expect(mixed.targets.data[i]).toBeCloseTo(value, 6),
  );
  [share + 3 * other, 2 * share + 4 * other].forEach((value, i) =>
    expect(mixed.clips.data[i]).toBeCloseTo(value, 6),
  );
  [5 * share + 6 * other, 6 * share + 5 * other].forEach((value, i) =>
    expect(mixed.sounds!.data[i]).toBeCloseTo(value, 5),
  );
});

it.each([0.2, 1, 4])(
  'draws a share with mean ½ and variance 1 / (4 (2 α + 1)), α = %d',
  (alpha) => {
    const next = keyedRandom(5);
    const draws = Array.from({ length: 20_000 }, () => betaSample(alpha, next));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(variance * 4 * (2 * alpha + 1)).toBeGreaterThan(0.95);
    expect(variance * 4 * (2 * alpha + 1)).toBeLessThan(1.05);
  },
);

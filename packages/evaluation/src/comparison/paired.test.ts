import { holmCorrection, meanInterval, pairedPermutation } from '../index.js';

const FIRST = [0.75, 0.8, 0.7, 0.9, 0.85, 0.65, 0.78];
const SECOND = [0.7, 0.72, 0.71, 0.8, 0.86, 0.6, 0.7];

test("the interval of a mean is Student's", () => {
  // scipy.stats.t.interval(0.95, 6, mean, sem), and numpy's deviation.
  const { mean, low, high, deviation } = meanInterval(FIRST);
  expect(mean).toBeCloseTo(0.775714, 6);
  expect(low).toBeCloseTo(0.696721, 4);
  expect(high).toBeCloseTo(0.854707, 4);
  expect(deviation).toBeCloseTo(0.085412, 6);
  expect(meanInterval([3])).toEqual({ mean: 3, deviation: NaN, low: NaN, high: NaN, count: 1 });
  expect(() => meanInterval([])).toThrow('expected at least one value');
});

test('pairs are exchanged in every way', () => {
  // scipy.stats.permutation_test(permutation_type='samples', n_resamples=inf).
  expect(pairedPermutation(FIRST, SECOND)).toBe(0.0625);
  expect(pairedPermutation([1, 1, 1], [0, 0, 0])).toBe(2 / 8);
  expect(pairedPermutation([1, 2], [1, 2])).toBe(1);
  expect(() => pairedPermutation([1], [])).toThrow('as many values of both');
});

test('of many pairs so many exchanges are drawn, the same each time', () => {
  const first = Array.from({ length: 40 }, (_, i) => i % 3);
  const second = first.map((value, i) => value - (i % 2 ? 0.2 : -0.1));
  const found = pairedPermutation(first, second);
  // The normal approximation: sum 2, deviation √(20·0.04 + 20·0.01) = 1; two-sided 4.6 %.
  expect(found).toBeGreaterThan(0.03);
  expect(found).toBeLessThan(0.075);
  expect(pairedPermutation(first, second)).toBe(found);
});

test('several tests are corrected as Holm did', () => {
  expect(holmCorrection([0.01, 0.04, 0.03, 0.5])).toEqual([0.04, 0.09, 0.09, 0.5]);
  expect(holmCorrection([0.6, 0.7])).toEqual([1, 1]);
  expect(holmCorrection([])).toEqual([]);
});

/** @file Whether two networks that were tried on the same folds differ: means, intervals, a paired test. Needs no Node API. */
import { checkArguments, keyedRandom, ShapeError } from '@slowfast/core';

/** A mean, and where 95 % of such intervals hold the true one (Student's t over the values); no interval for one value. */
export interface MeanInterval {
  readonly mean: number;
  /** Standard deviation of the values. */
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The 0.975 quantile of Student's t of 1 to 30 degrees of freedom. */
// prettier-ignore
const T_QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The mean of values with its interval. Throws {@link ShapeError} without a value. */
export function meanInterval(values: readonly number[]): MeanInterval {
  checkArguments('meanInterval', { values: [values, 'array'] });

  const count = values.length;
  if (count === 0) {
    throw new ShapeError({
      site: 'meanInterval',
      expected: 'at least one value',
      received: 'none',
    });
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, deviation: NaN, low: NaN, high: NaN, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  // Beyond the table the quantile is that of the normal distribution and a correction, right to a thousandth.
  const quantile = T_QUANTILES[count - 2] ?? 1.96 + 2.46 / (count - 1);
  const half = (quantile * deviation) / Math.sqrt(count);
  return { mean, deviation, low: mean - half, high: mean + half, count };
}

/** Up to so many pairs every way to exchange them is counted; of more, this many ways are drawn. */
const EXACT_PAIRS = 16;
const DRAWS = 65_536;

/**
 * How probable a mean difference at least this large (in either direction) is where it does not matter which of a pair
 * is which: the two-sided sign-flip permutation test. Exact for up to 16 pairs; its least value is 2 / 2^pairs.
 *
 * Throws {@link ShapeError} without a pair, or for unequal numbers.
 */
export function pairedPermutation(first: readonly number[], second: readonly number[]): number {
  checkArguments('pairedPermutation', { first: [first, 'array'], second: [second, 'array'] });

  if (first.length === 0 || first.length !== second.length) {
    throw new ShapeError({
      site: 'pairedPermutation',
      expected: 'as many values of both, at least one',
      received: `${first.length} and ${second.length}`,
    });
  }
  const differences = first.map((value, i) => value - second[i]!);
  const total = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  // Sums of the same numbers in another order differ in their last digits.
  const atLeast = total - 1e-9 * Math.max(1, total);
  const isExact = differences.length <= EXACT_PAIRS;
  const ways = isExact ? 2 ** differences.length : DRAWS;
  const random = keyedRandom(0);
  let extreme = 0;
  for (let way = 0; way < ways; way++) {
    const sum = differences.reduce((before, difference, i) => {
      const isFlipped = isExact ? (way >> i) & 1 : random() < 0.5;
      return before + (isFlipped ? -difference : difference);
    }, 0);
    if (Math.abs(sum) >= atLeast) extreme++;
  }
  return isExact ? extreme / ways : (extreme + 1) / (ways + 1);
}

/** Holm's correction: probabilities of several tests, in their order, as if each were the only one. */
export function holmCorrection(probabilities: readonly number[]): readonly number[] {
  checkArguments('holmCorrection', { probabilities: [probabilities, 'array'] });

  const order = probabilities
    .map((_, i) => i)
    .sort((a, b) => probabilities[a]! - probabilities[b]!);
  const corrected = new Array<number>(probabilities.length);
  let least = 0;
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, probabilities[index]! * (order.length - rank)));
    corrected[index] = least;
  });
  return corrected;
}

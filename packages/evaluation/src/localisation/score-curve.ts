/** @file The scores of classes over the time of a video, from windows that slide over it. Needs no Node API. */
import { checkArguments, ShapeError } from '@slowfast/core';

/** Scores of windows in the order of time. */
export interface ScoreCurve {
  /** Start and end of each window in seconds, in turn. */
  readonly times: ArrayLike<number>;
  /** Scores, window by window: `[windows, classes]`. */
  readonly scores: Float32Array;
  readonly classes: number;
}

/** Throws {@link ShapeError} for a curve whose numbers do not fit each other. */
export function windowsOf({ times, scores, classes }: ScoreCurve): number {
  const windows = times.length / 2;
  if (Number.isInteger(windows) && windows >= 1 && scores.length === windows * classes) {
    return windows;
  }
  throw new ShapeError({
    site: 'score curve',
    expected: 'start and end of at least one window, and a score for each class of each',
    received: `${times.length} times, ${scores.length} scores, ${classes} classes`,
  });
}

/**
 * A curve smoothed over time: means under a Gaussian of `sigma` seconds about the middle of each window, of the windows
 * that there are. As it is for 0.
 */
export function smoothedCurve(curve: ScoreCurve, sigma: number): ScoreCurve {
  checkArguments('smoothedCurve', { curve: [curve, 'object'] });

  const windows = windowsOf(curve);
  if (!(sigma > 0)) return curve;
  const { times, scores, classes } = curve;
  const middle = (window: number): number => (times[2 * window]! + times[2 * window + 1]!) / 2;
  const smooth = new Float32Array(scores.length);
  for (let window = 0; window < windows; window++) {
    const sums = new Float64Array(classes);
    let total = 0;
    const add = (other: number): boolean => {
      const distance = (middle(other) - middle(window)) / sigma;
      if (Math.abs(distance) > 4) return false;
      const weight = Math.exp(-(distance ** 2) / 2);
      total += weight;
      for (let c = 0; c < classes; c++) sums[c]! += weight * scores[other * classes + c]!;
      return true;
    };
    for (let other = window; other >= 0 && add(other); other--);
    for (let other = window + 1; other < windows && add(other); other++);
    for (let c = 0; c < classes; c++) smooth[window * classes + c] = sums[c]! / total;
  }
  return { times, scores: smooth, classes };
}

/**
 * The time that each window speaks for: from halfway to the middle of the one before to halfway to that of the one
 * after; the first from its own start, the last to its own end.
 */
export function windowBorders({ times }: Pick<ScoreCurve, 'times'>): readonly number[] {
  const windows = times.length / 2;
  const middle = (window: number): number => (times[2 * window]! + times[2 * window + 1]!) / 2;
  return Array.from({ length: windows + 1 }, (_, i) => {
    if (i === 0) return times[0]!;
    if (i === windows) return times[2 * windows - 1]!;
    return (middle(i - 1) + middle(i)) / 2;
  });
}

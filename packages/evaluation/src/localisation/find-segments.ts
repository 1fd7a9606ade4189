/** @file From scores over time to segments: which stretches of a video show a class. Needs no Node API. */
import { checkArguments, SpecError } from '@slowfast/core';
import { smoothedCurve, windowBorders, windowsOf, type ScoreCurve } from './score-curve.js';
import { suppressOverlaps, type ScoredSegment } from './segment.js';

/** How segments are found. */
export interface SegmentOptions {
  /**
   * `hysteresis`: stretches of at least `low` in which a score reaches `threshold`. `watershed`: the stretches above each
   * of several levels, of which the ones that stand out best from what is around them remain. Default `hysteresis`.
   */
  readonly grouping?: 'hysteresis' | 'watershed';
  /** Score that a segment has to reach; default 0.5. */
  readonly threshold?: number;
  /** Score down to which a segment reaches; default half of `threshold`. */
  readonly low?: number;
  /** Standard deviation of the smoothing over time, in seconds; default 0, which is none. */
  readonly smoothing?: number;
  /** Shorter segments are left out; in seconds, default 0. */
  readonly shortest?: number;
  /** Temporal IoU above which the lower of two segments of a class is left out; default 0.4. */
  readonly overlap?: number;
}

const DEFAULTS = {
  grouping: 'hysteresis',
  threshold: 0.5,
  smoothing: 0,
  shortest: 0,
  overlap: 0.4,
} as const;

/** Levels of a watershed between `low` and the highest score. */
const LEVELS = 10;
/** How much of its length is looked at on both sides of a segment, to tell how it stands out. */
const MARGIN = 0.25;

/**
 * Segments of classes, in the order of time. Their score is the mean of the curve in them; of a watershed, less the mean
 * of what is around them (at least 0).
 *
 * Throws {@link SpecError} for thresholds that exclude each other, ShapeError for scores that do not fit the times.
 */
export function findSegments(
  curve: ScoreCurve,
  labels: readonly string[],
  options: SegmentOptions = {},
): readonly ScoredSegment[] {
  checkArguments('findSegments', {
    curve: [curve, 'object'],
    labels: [labels, 'array'],
    options: [options, 'object'],
  });

  const { grouping, threshold, smoothing, shortest, overlap } = { ...DEFAULTS, ...options };
  const { low = threshold / 2 } = options;
  checkThresholds(threshold, low);
  windowsOf(curve);
  const smooth = smoothedCurve(curve, smoothing);
  const borders = windowBorders(smooth);
  const segments = labels.flatMap((label, c) => {
    const scores = scoresOf(smooth, c);
    const runs = grouping === 'watershed' ? watershed(scores, low) : runsAbove(scores, low);
    return runs
      .filter(([first, last]) => peak(scores, first, last) >= threshold)
      .map(([first, last]) => ({
        label,
        start: borders[first]!,
        end: borders[last + 1]!,
        score:
          grouping === 'watershed' ? prominence(scores, first, last) : mean(scores, first, last),
      }))
      .filter(({ start, end }) => end - start >= shortest);
  });
  return [...suppressOverlaps(segments, overlap)].sort(
    (a, b) => a.start - b.start || a.end - b.end || (a.label < b.label ? -1 : 1),
  );
}

function checkThresholds(threshold: number, low: number): void {
  if (threshold >= low && low > 0) return;
  throw new SpecError({
    site: 'segments',
    expected: 'a threshold, and a lower one above 0 that is not greater',
    received: `${threshold} and ${low}`,
  });
}

const scoresOf = ({ scores, classes }: ScoreCurve, c: number): Float32Array =>
  Float32Array.from({ length: scores.length / classes }, (_, i) => scores[i * classes + c]!);

type Run = readonly [first: number, last: number];

/** The longest runs of windows of at least this score. */
function runsAbove(scores: Float32Array, level: number): readonly Run[] {
  const runs: Run[] = [];
  let first = -1;
  for (let i = 0; i <= scores.length; i++) {
    const isAbove = i < scores.length && scores[i]! >= level;
    if (isAbove && first < 0) first = i;
    if (isAbove || first < 0) continue;
    runs.push([first, i - 1]);
    first = -1;
  }
  return runs;
}

/** The runs above every level, each once. */
function watershed(scores: Float32Array, low: number): readonly Run[] {
  const top = scores.reduce((a, b) => Math.max(a, b), low);
  const levels = Array.from({ length: LEVELS }, (_, i) => low + ((top - low) * i) / LEVELS);
  const runs = levels.flatMap((level) => runsAbove(scores, level));
  return [...new Map(runs.map((run) => [run.join(), run])).values()];
}

const peak = (scores: Float32Array, first: number, last: number): number =>
  scores.subarray(first, last + 1).reduce((a, b) => Math.max(a, b), -Infinity);

const mean = (scores: Float32Array, first: number, last: number): number => {
  const inside = scores.subarray(Math.max(0, first), last + 1);
  return inside.length === 0 ? 0 : inside.reduce((a, b) => a + b, 0) / inside.length;
};

/** The mean inside less the mean of the margins on both sides. */
function prominence(scores: Float32Array, first: number, last: number): number {
  const margin = Math.max(1, Math.round((last - first + 1) * MARGIN));
  const before = scores.subarray(Math.max(0, first - margin), first);
  const after = scores.subarray(last + 1, last + 1 + margin);
  const around = Float32Array.from([...before, ...after]);
  return Math.max(0, mean(scores, first, last) - mean(around, 0, around.length - 1));
}

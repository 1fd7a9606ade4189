/**
 * @file Mean average precision of videos with any number of classes (Charades), as scikit-learn's
 * `average_precision_score` has it. Needs no Node API.
 */
import { checkArguments, ShapeError } from '@slowfast/core';
import { classesOf } from './classification-metrics.js';

/** The scores of one video and its classes. */
export interface MultiLabelScores {
  /** One score a class. */
  readonly scores: ArrayLike<number>;
  /** Class indices, 0-based; may be empty. */
  readonly labels: readonly number[];
}

/** What {@link meanAveragePrecision} found; fractions, not percent. */
export interface MultiLabelMetrics {
  readonly videos: number;
  /** Mean over the classes that have a video. */
  readonly mAP: number;
  /** By class index; `null` where no video has the class. */
  readonly averagePrecision: readonly (number | null)[];
}

/**
 * Σ (recall step) · precision over the distinct scores from high to low, without interpolation; videos with
 * equal scores count as one step. `null` if none is positive.
 *
 * Throws {@link ShapeError} when the numbers of scores and positives differ, or for a score that is not finite.
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
): number | null {
  checkArguments('averagePrecision', {
    scores: [scores, 'list'],
    positive: [positive, 'list'],
  });

  if (scores.length !== positive.length) {
    throw new ShapeError({
      site: 'averagePrecision',
      expected: `${scores.length} labels, one a score`,
      received: `${positive.length}`,
    });
  }
  const order = Array.from({ length: scores.length }, (_, i) => i);
  const infinite = order.find((i) => !Number.isFinite(scores[i]));
  if (infinite !== undefined) {
    throw new ShapeError({
      site: 'averagePrecision',
      expected: 'finite scores',
      received: `${scores[infinite]}`,
    });
  }
  order.sort((a, b) => scores[b]! - scores[a]!);
  const positives = order.reduce((count, i) => count + (positive[i] ? 1 : 0), 0);
  if (positives === 0) return null;
  let hits = 0;
  let counted = 0;
  let sum = 0;
  for (const [seen, index] of order.entries()) {
    if (positive[index]) hits++;
    const next = order[seen + 1];
    if (next !== undefined && scores[next] === scores[index]) continue;
    sum += ((hits - counted) / positives) * (hits / (seen + 1));
    counted = hits;
  }
  return sum;
}

/**
 * Mean average precision over videos with any number of classes; classes that no video has are left out.
 *
 * Throws {@link ShapeError} when there is no video or no positive at all, numbers of scores differ, or a label is no class.
 */
export function meanAveragePrecision(results: readonly MultiLabelScores[]): MultiLabelMetrics {
  checkArguments('meanAveragePrecision', { results: [results, 'array'] });

  const classes = classesOf(results);
  for (const { labels } of results) {
    const outside = labels.find(
      (label) => !(Number.isInteger(label) && label >= 0 && label < classes),
    );
    if (outside === undefined) continue;
    throw new ShapeError({
      site: 'labels',
      expected: `class indices from 0 to ${classes - 1}`,
      received: `${outside}`,
    });
  }
  const perClass = Array.from({ length: classes }, (_, label) =>
    averagePrecision(
      results.map(({ scores }) => scores[label]!),
      results.map(({ labels }) => labels.includes(label)),
    ),
  );
  const defined = perClass.filter((value) => value !== null);
  if (defined.length === 0) {
    throw new ShapeError({
      site: 'labels',
      expected: 'at least one video with a class',
      received: 'none',
    });
  }
  return {
    videos: results.length,
    mAP: defined.reduce((a, b) => a + b, 0) / defined.length,
    averagePrecision: perClass,
  };
}

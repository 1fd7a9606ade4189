/** @file From what a network returns for each view to one score a class. */
import {
  checkArguments,
  ShapeError,
  type Preprocessing,
  type ScoreActivation,
} from '@slowfast/core';

/** Applies an activation to one row of network outputs; the row is left as it is. */
export function activate(row: Float32Array, activation: ScoreActivation): Float32Array {
  switch (activation) {
    case 'none':
      return row;
    case 'sigmoid':
      return row.map((x) => 1 / (1 + Math.exp(-x)));
    case 'softmax': {
      const top = row.reduce((max, x) => Math.max(max, x), -Infinity);
      const exponentials = Float64Array.from(row, (x) => Math.exp(x - top));
      const sum = exponentials.reduce((a, b) => a + b, 0);
      return Float32Array.from(exponentials, (x) => x / sum);
    }
  }
}

/** Combines the scores of views as they arrive; sums are kept in float64. */
export class ScoreCombiner {
  readonly #combine: Preprocessing['views']['combine'];
  #total: Float64Array | undefined;
  #views = 0;

  constructor(combine: Preprocessing['views']['combine']) {
    checkArguments('ScoreCombiner', { combine: [combine, 'string'] });
    this.#combine = combine;
  }

  /** Views so far. */
  get views(): number {
    return this.#views;
  }

  /** Adds one view's scores; throws {@link ShapeError} when their number changes. */
  add(scores: Float32Array): void {
    this.#views += 1;
    if (!this.#total) {
      this.#total = Float64Array.from(scores);
      return;
    }
    const total = this.#total;
    if (total.length !== scores.length) {
      throw new ShapeError({
        site: 'scores',
        expected: `${total.length} classes`,
        received: `${scores.length}`,
      });
    }
    for (let c = 0; c < total.length; c++) {
      total[c] = this.#combine === 'max' ? Math.max(total[c]!, scores[c]!) : total[c]! + scores[c]!;
    }
  }

  /** The combined scores; throws {@link ShapeError} when there was no view. */
  result(): Float32Array {
    if (!this.#total) {
      throw new ShapeError({ site: 'scores', expected: 'at least one view', received: 'none' });
    }
    const divisor = this.#combine === 'mean' ? this.#views : 1;
    return Float32Array.from(this.#total, (x) => x / divisor);
  }
}

/** One class among the best. */
export interface Prediction {
  /** Class index, 0-based. */
  readonly index: number;
  /** Class name, or `class <index>` where there are no labels. */
  readonly label: string;
  readonly score: number;
}

/** The `count` best classes, best first; ties keep the order of the classes. */
export function topPredictions(
  scores: Float32Array,
  labels: readonly string[] | undefined,
  count: number,
): readonly Prediction[] {
  checkArguments('topPredictions', { scores: [scores, 'list'], labels: [labels, 'array?'] });

  return Array.from(scores, (score, index) => ({
    index,
    label: labels?.[index] ?? `class ${index}`,
    score,
  }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, count);
}

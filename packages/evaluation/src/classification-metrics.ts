/** @file Accuracy of videos with one class each: top-k, per class, confusion. Needs no Node API. */
import { checkArguments, ShapeError } from '@slowfast/core';

/** The scores of one video and its class. */
export interface LabelledScores {
  /** One score a class. */
  readonly scores: ArrayLike<number>;
  /** Class index, 0-based. */
  readonly label: number;
}

/** What {@link classificationMetrics} found; fractions, not percent. */
export interface ClassificationMetrics {
  readonly videos: number;
  /** Share of videos whose class has the highest score. */
  readonly top1: number;
  /** Share of videos whose class is among the five highest scores (all classes, if there are fewer). */
  readonly top5: number;
  /** By class index. */
  readonly perClass: readonly ClassAccuracy[];
  /** Mean of the top-1 accuracies of the classes that occur. */
  readonly meanClassAccuracy: number;
  /** `confusion[label][predicted]`: numbers of videos. */
  readonly confusion: readonly (readonly number[])[];
}

/** The accuracy within a class. */
export interface ClassAccuracy {
  readonly videos: number;
  /** Share of them with this class on top; `null` where no video has the class. */
  readonly top1: number | null;
}

/**
 * Position of a class by its score, 0 for the highest; of equal scores the class with the lower index comes
 * first. A score that is not a number comes last.
 */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const value = (index: number): number => {
    const score = scores[index]!;
    return Number.isNaN(score) ? -Infinity : score;
  };
  const own = value(label);
  let rank = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = value(index);
    if (score > own || (score === own && index < label)) rank++;
  }
  return rank;
}

/**
 * Accuracy over videos that have one class each.
 *
 * Throws {@link ShapeError} when there is no video, when numbers of scores differ, and for a label that is no class.
 */
export function classificationMetrics(results: readonly LabelledScores[]): ClassificationMetrics {
  checkArguments('classificationMetrics', { results: [results, 'array'] });

  classesOf(results);
  const counter = new ClassificationCounter();
  for (const result of results) counter.add(result);
  return counter.result();
}

/** Counts what {@link ClassificationMetrics} says, one video after another, in memory of classes². */
export class ClassificationCounter {
  #confusion: number[][] = [];
  #videos = 0;
  #top1 = 0;
  #top5 = 0;

  /** Videos so far. */
  get videos(): number {
    return this.#videos;
  }

  /** Adds a video; throws {@link ShapeError} when the number of scores changes, and for a label that is no class. */
  add({ scores, label }: LabelledScores): void {
    const classes = this.#videos === 0 ? scores.length : this.#confusion.length;
    if (scores.length !== classes) throw otherClasses(classes, scores.length);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ShapeError({
        site: 'label',
        expected: `a class index from 0 to ${classes - 1}`,
        received: `${label}`,
      });
    }
    if (this.#videos === 0) {
      this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    }
    this.#videos += 1;
    const rank = rankOf(scores, label);
    if (rank === 0) this.#top1 += 1;
    if (rank < 5) this.#top5 += 1;
    const row = this.#confusion[label]!;
    const predicted = highest(scores);
    row[predicted] = row[predicted]! + 1;
  }

  /** The metrics of the videos so far; throws {@link ShapeError} when there is none. */
  result(): ClassificationMetrics {
    if (this.#videos === 0) classesOf([]);
    const confusion = this.#confusion.map((row) => [...row]);
    const perClass = confusion.map((row, label): ClassAccuracy => {
      const videos = row.reduce((a, b) => a + b, 0);
      return { videos, top1: videos === 0 ? null : row[label]! / videos };
    });
    const occurring = perClass.flatMap((entry) => (entry.top1 === null ? [] : [entry.top1]));
    return {
      videos: this.#videos,
      top1: this.#top1 / this.#videos,
      top5: this.#top5 / this.#videos,
      perClass,
      meanClassAccuracy: occurring.reduce((a, b) => a + b, 0) / occurring.length,
      confusion,
    };
  }
}

function highest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < scores.length; index++) {
    if (scores[index]! > scores[best]! || Number.isNaN(scores[best]!)) best = index;
  }
  return best;
}

/** The one number of scores that all results have. */
export function classesOf(results: readonly { readonly scores: ArrayLike<number> }[]): number {
  const classes = results[0]?.scores.length;
  if (!classes) {
    throw new ShapeError({
      site: 'results',
      expected: 'at least one video with scores',
      received: results.length === 0 ? 'none' : 'no scores',
    });
  }
  const other = results.find(({ scores }) => scores.length !== classes);
  if (!other) return classes;
  throw otherClasses(classes, other.scores.length);
}

const otherClasses = (classes: number, received: number): ShapeError =>
  new ShapeError({
    site: 'results',
    expected: `${classes} scores a video`,
    received: `${received}`,
  });

/** @file Evaluates a model in training on the views of videos, by the metrics of `@slowfast/evaluation`. */
import { checkArguments } from '@slowfast/core';
import type { ClipTensors } from './clip-source.js';
import type { TrainingModel } from './training-model.js';
import {
  activate,
  classificationMetrics,
  meanAveragePrecision,
  ScoreCombiner,
  type FeedsOf,
} from '@slowfast/evaluation';
import type { LossKind } from './losses.js';
import type { Evaluation } from './train-options.js';

/** A video with its views. */
export interface EvaluationVideo {
  readonly path: string;
  readonly labels: readonly number[];
  readonly views: AsyncIterable<ClipTensors> | Iterable<ClipTensors>;
}

/** The scores of a video. */
export interface VideoScores {
  readonly path: string;
  readonly labels: readonly number[];
  /** One a class, combined over views. */
  readonly scores: readonly number[];
}

/** Options of {@link evaluateVideos}. */
export interface EvaluateOptions<I extends string> {
  readonly feeds: FeedsOf<I>;
  readonly classes: number;
  readonly kind?: LossKind;
  /** How the scores of a video's views become one; default `mean`. */
  readonly combine?: 'mean' | 'max';
  /** Called with each video's scores. */
  readonly onVideo?: (scores: VideoScores) => void;
  readonly signal?: AbortSignal;
}

/**
 * Top-1, top-5 (of more than five classes), mean per class and confusion matrix; for several classes a video
 * the mean of each class' average precision, classes without positives left out. Rejects with the signal's reason, and
 * with ShapeError where there is nothing to score.
 */
export async function evaluateVideos<I extends string>(
  model: Pick<TrainingModel<I, 'scores'>, 'run'>,
  videos: AsyncIterable<EvaluationVideo> | Iterable<EvaluationVideo>,
  options: EvaluateOptions<I>,
): Promise<Evaluation> {
  checkArguments('evaluateVideos', {
    model: [model, 'object'],
    videos: [videos, 'iterable'],
    options: [options, 'object'],
  });
  const { feeds, classes, kind = 'cross-entropy', combine = 'mean', onVideo, signal } = options;
  const all: VideoScores[] = [];
  const activation = kind === 'cross-entropy' ? 'softmax' : 'sigmoid';
  for await (const { path, labels, views } of videos) {
    const combined = new ScoreCombiner(combine);
    for await (const { tensor, sound } of views) {
      signal?.throwIfAborted();
      const { scores } = await model.run(feeds(tensor, sound));
      combined.add(activate(scores.data as Float32Array, activation));
    }
    const scored = { path, labels, scores: Array.from(combined.result()) };
    all.push(scored);
    onVideo?.(scored);
  }
  if (kind !== 'cross-entropy') {
    const { averagePrecision, ...metrics } = meanAveragePrecision(all);
    return { metrics, averagePrecision };
  }
  const {
    videos: count,
    top1,
    top5,
    meanClassAccuracy,
    confusion,
  } = classificationMetrics(all.map(({ labels, scores }) => ({ scores, label: labels[0]! })));
  // Of five classes or fewer every one is among the best five.
  const some = classes > 5 ? { top5 } : {};
  return { metrics: { videos: count, top1, ...some, meanClassAccuracy }, confusion };
}

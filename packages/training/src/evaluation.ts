/** @file Evaluates a model in training on the views of videos: softmax of each, combined. */
import type { HostTensor } from '@slowfast/core';
import type { TrainingModel } from '@slowfast/runtime-tfjs';
import type { FeedsOf } from './pathway-feeds.js';
import type { LossKind } from './losses.js';
import type { Evaluation } from './trainer.js';

/** A video with its views. */
export interface EvaluationVideo {
  readonly path: string;
  readonly labels: readonly number[];
  /** `[1, C, T, H, W]` each. */
  readonly views: AsyncIterable<HostTensor<'float32'>> | Iterable<HostTensor<'float32'>>;
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
 * the mean of each class' average precision, classes without positives left out. Rejects with the signal's reason.
 */
export async function evaluateVideos<I extends string>(
  model: Pick<TrainingModel<I, 'scores'>, 'run'>,
  videos: AsyncIterable<EvaluationVideo> | Iterable<EvaluationVideo>,
  { feeds, classes, kind = 'cross-entropy', combine = 'mean', onVideo, signal }: EvaluateOptions<I>,
): Promise<Evaluation> {
  const all: VideoScores[] = [];
  const activate = kind === 'cross-entropy' ? softmax : sigmoid;
  for await (const { path, labels, views } of videos) {
    const combined = new Array<number>(classes).fill(0);
    let count = 0;
    for await (const view of views) {
      signal?.throwIfAborted();
      const { scores } = await model.run(feeds(view));
      activate(scores.data as Float32Array).forEach((score, i) => {
        combined[i] = combine === 'max' ? Math.max(combined[i]!, score) : combined[i]! + score;
      });
      count++;
    }
    const share = combine === 'max' ? 1 : 1 / Math.max(1, count);
    const scored = { path, labels, scores: combined.map((value) => value * share) };
    all.push(scored);
    onVideo?.(scored);
  }
  return kind === 'cross-entropy' ? singleLabel(all, classes) : multiLabel(all, classes);
}

function singleLabel(videos: readonly VideoScores[], classes: number): Evaluation {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let inFive = 0;
  for (const { labels, scores } of videos) {
    const ranked = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
    const [label] = labels;
    confusion[label!]![ranked[0]!]! += 1;
    if (ranked.slice(0, 5).includes(label!)) inFive++;
  }
  const rows = confusion.map((row, i) => ({ right: row[i]!, all: row.reduce((a, b) => a + b) }));
  const shares = rows.flatMap(({ right, all }) => (all > 0 ? [right / all] : []));
  return {
    metrics: {
      videos: videos.length,
      top1: rows.reduce((sum, { right }) => sum + right, 0) / Math.max(1, videos.length),
      ...(classes > 5 ? { top5: inFive / Math.max(1, videos.length) } : {}),
      perClass: shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length),
    },
    confusion,
  };
}

function multiLabel(videos: readonly VideoScores[], classes: number): Evaluation {
  const all = Array.from({ length: classes }, (_, i) =>
    averagePrecision(videos.map(({ labels, scores }) => [scores[i]!, labels.includes(i)] as const)),
  );
  const precisions = all.filter((value) => value !== undefined);
  const sum = precisions.reduce((total, value) => total + value, 0);
  return {
    metrics: { videos: videos.length, mAP: sum / Math.max(1, precisions.length) },
    averagePrecision: all.map((value) => value ?? null),
  };
}

/** Precision at each distinct score, weighed by the recall that it adds, as scikit-learn has it. */
function averagePrecision(
  scored: readonly (readonly [score: number, isPositive: boolean])[],
): number | undefined {
  const positives = scored.filter(([, isPositive]) => isPositive).length;
  if (positives === 0) return undefined;
  const ranked = [...scored].sort((a, b) => b[0] - a[0]);
  let [hits, recall, sum] = [0, 0, 0];
  ranked.forEach(([score, isPositive], i) => {
    if (isPositive) hits++;
    if (ranked[i + 1]?.[0] === score) return;
    sum += (hits / positives - recall) * (hits / (i + 1));
    recall = hits / positives;
  });
  return sum;
}

function softmax(logits: Float32Array): readonly number[] {
  const top = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const sigmoid = (logits: Float32Array): readonly number[] =>
  Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));

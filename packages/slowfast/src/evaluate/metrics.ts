/** @file The metrics that suit a list. */
import {
  ClassificationCounter,
  meanAveragePrecision,
  type ClassificationMetrics,
  type MultiLabelMetrics,
} from '@slowfast/evaluation';

/** A video that was scored. */
export interface Scored {
  readonly labels: readonly number[];
  readonly scores: Float32Array;
}

/** The metrics of a list with one class a clip, or any number. */
export type Metrics = ClassificationMetrics | MultiLabelMetrics;

/** Takes scores of videos one after another, in any order. */
export interface MetricsCounter {
  add(scored: Scored): void;
  /** What suits the list; `undefined` if nothing was scored. */
  result(): Metrics | undefined;
}

/** Counts with one class a clip, in memory of classes²; keeps all scores with several, which have to be ranked. */
export function metricsCounter(multiLabel: boolean): MetricsCounter {
  if (multiLabel) {
    const all: Scored[] = [];
    return {
      add: (scored) => void all.push(scored),
      result: () =>
        all.some(({ labels }) => labels.length > 0) ? meanAveragePrecision(all) : undefined,
    };
  }
  const counter = new ClassificationCounter();
  return {
    add: ({ labels, scores }) => counter.add({ label: labels[0]!, scores }),
    result: () => (counter.videos === 0 ? undefined : counter.result()),
  };
}

/** @file The metrics that suit a list. */
import {
  classificationMetrics,
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

/** Computes what suits the list; `undefined` if nothing was scored. */
export function metricsOf(scored: readonly Scored[], multiLabel: boolean): Metrics | undefined {
  if (scored.length === 0) return undefined;
  if (!multiLabel) {
    return classificationMetrics(
      scored.map(({ labels, scores }) => ({ label: labels[0]!, scores })),
    );
  }
  return scored.some(({ labels }) => labels.length > 0) ? meanAveragePrecision(scored) : undefined;
}

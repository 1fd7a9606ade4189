/**
 * @file Mean average precision of segments by ActivityNet's definition (Caba Heilbron et al., CVPR 2015): a detection is
 * right if its temporal IoU with a segment of its class that no better detection took is at least the threshold.
 * Needs no Node API.
 */
import { checkArguments, SpecError } from '@slowfast/core';
import { temporalIou, type LabelledSegment, type ScoredSegment } from './segment.js';

/** Temporal IoUs of THUMOS' tables. */
export const TEMPORAL_IOUS: readonly number[] = [0.3, 0.4, 0.5, 0.6, 0.7];

/** Segments by the name of their video. */
export type SegmentsByVideo<S extends LabelledSegment> = ReadonlyMap<string, readonly S[]>;

/** What {@link localisationMetrics} found; fractions, not percent. */
export interface LocalisationMetrics {
  readonly temporalIous: readonly number[];
  /** Average precision at each temporal IoU, by the classes of the ground truth. */
  readonly averagePrecision: ReadonlyMap<string, readonly number[]>;
  /** Mean over classes at each temporal IoU. */
  readonly mAP: readonly number[];
  /** Mean of {@link mAP} over the temporal IoUs. */
  readonly average: number;
  /** Videos of the ground truth. */
  readonly videos: number;
}

/**
 * Holds what was found against the ground truth. Detections of classes or in videos that the ground truth does not have
 * do not count: of classes not at all, in videos as wrong ones where the class exists.
 *
 * Throws {@link SpecError} for a ground truth without a segment.
 */
export function localisationMetrics(
  truth: SegmentsByVideo<LabelledSegment>,
  detections: SegmentsByVideo<ScoredSegment>,
  temporalIous: readonly number[] = TEMPORAL_IOUS,
): LocalisationMetrics {
  checkArguments('localisationMetrics', {
    truth: [truth, 'iterable'],
    detections: [detections, 'iterable'],
    temporalIous: [temporalIous, 'array'],
  });

  const labels = new Set([...truth.values()].flat().map(({ label }) => label));
  if (labels.size === 0) {
    throw new SpecError({
      site: 'ground truth',
      expected: 'at least one segment',
      received: 'none',
    });
  }
  const averagePrecision = new Map(
    [...labels].map((label) => [
      label,
      precisions(ofClass(truth, label), ofClass(detections, label), temporalIous),
    ]),
  );
  const mAP = temporalIous.map((_, i) =>
    mean([...averagePrecision.values()].map((values) => values[i]!)),
  );
  return { temporalIous, averagePrecision, mAP, average: mean(mAP), videos: truth.size };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Segments of a class with their videos. */
function ofClass<S extends LabelledSegment>(
  segments: SegmentsByVideo<S>,
  label: string,
): ReadonlyMap<string, readonly S[]> {
  return new Map(
    [...segments].map(([video, list]) => [
      video,
      list.filter((segment) => segment.label === label),
    ]),
  );
}

function precisions(
  truth: SegmentsByVideo<LabelledSegment>,
  detections: SegmentsByVideo<ScoredSegment>,
  temporalIous: readonly number[],
): readonly number[] {
  const ranked = [...detections]
    .flatMap(([video, list]) => list.map((segment) => ({ video, segment })))
    .sort((a, b) => b.segment.score - a.segment.score);
  const positives = [...truth.values()].reduce((count, list) => count + list.length, 0);
  // The segments of each detection's video, the best overlap first: the same at every threshold.
  const candidates = ranked.map(({ video, segment }) =>
    (truth.get(video) ?? [])
      .map((target) => ({ target, overlap: temporalIou(target, segment) }))
      .sort((a, b) => b.overlap - a.overlap),
  );
  return temporalIous.map((threshold) => {
    const matches = new Set<LabelledSegment>();
    const hits = candidates.map((overlaps) => {
      const hit = overlaps.find(
        ({ target, overlap }) => overlap >= threshold && !matches.has(target),
      );
      if (hit) matches.add(hit.target);
      return hit !== undefined;
    });
    return interpolatedPrecision(hits, positives);
  });
}

/** Σ (recall step) · (highest precision at that recall or a higher one). */
function interpolatedPrecision(hits: readonly boolean[], positives: number): number {
  let hitCount = 0;
  const precision = hits.map((hit, seen) => (hitCount += hit ? 1 : 0) / (seen + 1));
  let [sum, best] = [0, 0];
  for (let i = hits.length - 1; i >= 0; i--) {
    best = Math.max(best, precision[i]!);
    if (hits[i]) sum += best / positives;
  }
  return sum;
}

/** @file Stretches of time in a video. Needs no Node API. */

import { checkArguments } from '@slowfast/core';

/** A stretch of time, in seconds. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** A class at a stretch of time. */
export interface LabelledSegment extends Segment {
  readonly label: string;
}

/** A class that was found at a stretch of time. */
export interface ScoredSegment extends LabelledSegment {
  readonly score: number;
}

/** The time that two segments share over the time that either covers; 0 for segments that do not touch. */
export function temporalIou(a: Segment, b: Segment): number {
  const shared = Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
  const either = a.end - a.start + (b.end - b.start) - shared;
  return either > 0 ? shared / either : 0;
}

/**
 * The best of what overlaps, class by class: from the highest score on, a segment is kept if its temporal IoU with
 * every kept one of its class is at most `overlap`. Best first.
 */
export function suppressOverlaps<S extends ScoredSegment>(
  segments: readonly S[],
  overlap: number,
): readonly S[] {
  checkArguments('suppressOverlaps', { segments: [segments, 'array'] });

  const best: S[] = [];
  for (const segment of [...segments].sort((a, b) => b.score - a.score)) {
    const isDouble = best.some(
      (other) => other.label === segment.label && temporalIou(other, segment) > overlap,
    );
    if (!isDouble) best.push(segment);
  }
  return best;
}

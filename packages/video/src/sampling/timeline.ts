/** @file Questions to a time line that several presets ask. */
import type { Timeline } from '../types.js';

/** Seconds per tick. */
export const tickSeconds = ({ timeBase }: Timeline): number => timeBase.num / timeBase.den;

/** The first frame shown at or after `ticks`; `frames` if there is none. Binary search. */
export function firstAtOrAfter({ pts }: Timeline, ticks: number): number {
  let low = 0;
  let high = pts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pts[middle] as number) < ticks) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Frames `first` up to, not including, `end`; if that is none, the frame shown at that time. */
export function atLeastOne(first: number, end: number): { first: number; count: number } {
  return end > first ? { first, count: end - first } : { first: Math.max(first - 1, 0), count: 1 };
}

/** A time line of evenly spaced frames, for a video known only by its frame count and rate. */
export function evenTimeline(frames: number, fps: number, truncated = false): Timeline {
  // A fraction of integers for rates such as 29.97: a millionth of a frame per second is enough.
  const rate = Number.isInteger(fps) ? fps : Math.round(fps * 1e6);
  const num = Number.isInteger(fps) ? 1 : 1e6;
  return {
    frames,
    fps,
    duration: frames / fps,
    durationDeclared: true,
    timeBase: { num, den: rate },
    pts: Array.from({ length: frames }, (_, i) => i),
    timestamps: 'synthetic',
    truncated,
  };
}

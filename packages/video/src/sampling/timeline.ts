/** @file Questions to a time line that several presets ask. */
import type { Timeline } from '../types.js';

/** Seconds per tick. */
export const tickSeconds = ({ timeBase }: Timeline): number => timeBase.num / timeBase.den;

/** The first frame shown at or after `ticks`; `frames` if there is none. */
export const firstAtOrAfter = (timeline: Timeline, ticks: number): number =>
  firstWhere(timeline, (pts) => pts >= ticks);

/** The first frame whose time stamp is far enough, as all after it are; `frames` if there is none. Binary search. */
export function firstWhere({ pts }: Timeline, reached: (pts: number) => boolean): number {
  let low = 0;
  let high = pts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(pts[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Frames `first` up to, not including, `end`; if that is none, the frame shown at that time. */
export function atLeastOne(first: number, end: number): { first: number; count: number } {
  return end > first ? { first, count: end - first } : { first: Math.max(first - 1, 0), count: 1 };
}

/** A time line of evenly spaced frames, for a video known only by its frame count and rate. */
export function evenTimeline(frames: number, fps: number, truncated = false): Timeline {
  // Whole ticks for rates such as 29.97: a millionth of a frame per second is enough.
  const step = Number.isInteger(fps) ? 1 : 1e6;
  return {
    frames,
    fps,
    start: 0,
    duration: frames / fps,
    durationDeclared: true,
    timeBase: { num: 1, den: Math.round(fps * step) },
    pts: Array.from({ length: frames }, (_, i) => i * step),
    timestamps: 'synthetic',
    truncated,
  };
}

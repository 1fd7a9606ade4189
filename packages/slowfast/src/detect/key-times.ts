/** @file When the key frames of a video are. */
import type { Timeline } from '@slowfast/video';

/** From key frame to key frame: seconds, or frames. */
export interface KeyFrameDistance {
  /** Seconds; default 1. */
  readonly every?: number;
  /** Frames, in place of seconds. */
  readonly everyFrames?: number;
}

/**
 * Seconds at which a player shows the key frames, ascending: whole multiples of the distance, from the first frame on, which
 * may be later than 0.
 */
export function keyTimes(timeline: Timeline, distance: KeyFrameDistance): readonly number[] {
  const { frames, fps, pts, start, timeBase, duration } = timeline;
  const { every = 1, everyFrames } = distance;
  if (everyFrames !== undefined) {
    const secondsOf = (frame: number): number =>
      start + ((pts[frame]! - pts[0]!) * timeBase.num) / timeBase.den;
    const count = Math.ceil(frames / everyFrames);
    return Array.from({ length: count }, (_, i) => secondsOf(i * everyFrames));
  }
  // A start within the first frame is the rounding of a container, or how its decoder begins.
  const first = Math.max(0, Math.ceil((start - 1 / fps) / every - 1e-6));
  const end = Math.ceil((start + duration) / every - 1e-6);
  if (end <= first) return [start];
  return Array.from({ length: end - first }, (_, i) => (first + i) * every);
}

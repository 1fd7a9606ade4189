/** @file When the key frames of a video are. */
import type { Timeline } from '@slowfast/video';

/** From key frame to key frame: seconds, or frames. */
export interface KeyFrameDistance {
  /** Seconds; default 1. */
  readonly every?: number;
  /** Frames, in place of seconds. */
  readonly everyFrames?: number;
}

/** Seconds from the first frame. */
export function keyTimes(
  { frames, pts, timeBase, duration }: Timeline,
  { every = 1, everyFrames }: KeyFrameDistance,
): readonly number[] {
  if (everyFrames === undefined) {
    const count = Math.max(1, Math.ceil(duration / every - 1e-6));
    return Array.from({ length: count }, (_, i) => i * every);
  }
  const secondsOf = (frame: number): number =>
    ((pts[frame]! - pts[0]!) * timeBase.num) / timeBase.den;
  const count = Math.ceil(frames / everyFrames);
  return Array.from({ length: count }, (_, i) => secondsOf(i * everyFrames));
}

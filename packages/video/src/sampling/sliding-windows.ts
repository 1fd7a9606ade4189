/** @file Windows that slide over a whole video at a frame rate of their own: for features. Needs no Node API. */
import { checkArguments, linspaceIndices, SpecError } from '@slowfast/core';
import type { Timeline } from '../types.js';
import type { ClipFrames } from './clip-frames.js';
import { frameAtSeconds } from './custom.js';

/** Options of {@link slidingWindows}. */
export interface SlidingWindowOptions {
  /** Length of a window in frames at `fps`. */
  readonly window: number;
  /** Distance of windows in frames at `fps`. */
  readonly stride: number;
  /** Frame rate that the video is taken at, by repeating or leaving out frames. */
  readonly fps: number;
  /** Frames of a clip: equally spaced in the window, from its first to its last. */
  readonly frames: number;
}

/** One window of a video. */
export interface SlidingWindow extends ClipFrames {
  /** Seconds at which a player shows its first frame. */
  readonly start: number;
  /** Seconds at which a player has shown its last frame. */
  readonly end: number;
}

/**
 * All windows that lie within a video, from its first frame; a video shorter than one has one, its last frame
 * held. What is left at the end, less than `stride` frames, is in none.
 *
 * @throws SpecError for a number that is not positive, or not whole where frames are counted.
 */
export function slidingWindows(
  timeline: Timeline,
  options: SlidingWindowOptions,
): readonly SlidingWindow[] {
  checkArguments('slidingWindows', {
    timeline: [timeline, 'object'],
    options: [options, 'object'],
  });
  const { window, stride, fps, frames } = options;
  for (const [site, value] of Object.entries({ window, stride, frames })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new SpecError({ site, expected: 'a positive integer', received: String(value) });
  }
  if (!(fps > 0)) {
    throw new SpecError({
      site: 'fps',
      expected: 'a positive frame rate',
      received: String(fps),
    });
  }
  // Durations are rounded to ticks: a thousandth of a frame is no frame less.
  const total = Math.floor(timeline.duration * fps + 1e-3);
  const count = total < window ? 1 : Math.floor((total - window) / stride) + 1;
  const offsets = linspaceIndices(window - 1, frames);
  const at = frameAtSeconds(timeline);
  return Array.from({ length: count }, (_, index) => {
    const first = index * stride;
    return {
      frames: offsets.map((offset) => at((first + offset) / fps)),
      padded: total < window,
      truncated: timeline.truncated,
      start: timeline.start + first / fps,
      end: timeline.start + (first + window) / fps,
    };
  });
}

/**
 * @file Clips as PySlowFast's test loader takes them through torchvision's reader (`torchvision_decode`,
 * `get_start_end_idx`, `temporal_sampling`): positions in frames of the nominal rate, the last clip at 0.9 of the room
 * for ten clips. The reader is asked for a range of time stamps; where it has none (a short video, one without a
 * declared duration, a range that lies outside) the whole video is read, and positions are counted in its frames. Videos that
 * are kept as pictures have a rule of their own.
 */
import type { Timeline } from '../types.js';
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { exactly, nearest, times } from './exact.js';
import { pictureClipAt, pictureClips } from './pictures.js';
import { firstWhere } from './timeline.js';

/** Frames with pts in [int(start), int(end)], T positions along the clip; the last frame is held. */
export const pyslowfastClips: ClipRule = (timeline, clip, clips) => {
  if (timeline.timestamps === 'pictures') return pictureClips(timeline, clip, clips);
  const at = pyslowfastClipAt(timeline, clip);
  return Array.from({ length: clips }, (_, index) => at((room) => (room * index) / clips));
};

/** The clip that starts at a given part of the room, in frames of the nominal rate. */
export const pyslowfastClipAt: PlacedClipRule = (timeline, clip) => {
  if (timeline.timestamps === 'pictures') return pictureClipAt(timeline, clip);
  // The reader hands over the rate as a float32.
  const fps = Math.fround(timeline.fps);
  const length = Math.max(1, ((clip.frames * clip.stride) / clip.fps) * fps);
  const total = fps * timeline.duration;
  const ranged = timeline.durationDeclared && total > clip.frames * clip.stride;
  return (place) => {
    const range = ranged
      ? framesBetween(timeline, place(Math.max(total - length, 0)), length)
      : undefined;
    const { first, count } = range ?? { first: 0, count: timeline.frames };
    const start = range ? 0 : place(Math.max(timeline.frames - length, 0));
    const frames = linspace(start, start + length - 1, clip.frames).map(
      (position) => first + Math.trunc(Math.min(Math.max(position, 0), count - 1)),
    );
    return { frames, padded: total < length };
  };
};

const MICROSECONDS = 1_000_000;

// What the reader allows beyond the end of the range, against errors of rounding.
const JITTER = 100;

/** The frames of a range as the reader finds them: in whole microseconds, counted from 0 and not the first frame. */
function framesBetween(
  timeline: Timeline,
  start: number,
  length: number,
): { first: number; count: number } | undefined {
  const { num, den } = timeline.timeBase;
  // PySlowFast leaves out the numerator.
  const ticksPerFrame = den / Math.fround(timeline.fps);
  const from = Math.trunc(start * ticksPerFrame);
  const until = Math.trunc((start + length - 1) * ticksPerFrame);
  const micros = (ticks: number): number => nearest(times(exactly(ticks), num * MICROSECONDS, den));
  const first = firstWhere(timeline, (pts) => micros(pts) >= (from > 0 ? micros(from) : 0));
  const last = JITTER + micros(until);
  const end = until > 0 ? firstWhere(timeline, (pts) => micros(pts) > last) : timeline.frames;
  return end > first ? { first, count: end - first } : undefined;
}

/** `torch.linspace` in float32: from both ends to the middle. */
function linspace(start: number, end: number, count: number): readonly number[] {
  const from = Math.fround(start);
  const to = Math.fround(end);
  if (count === 1) return [from];
  const step = Math.fround(Math.fround(to - from) / (count - 1));
  const half = Math.floor(count / 2);
  return Array.from({ length: count }, (_, i) =>
    i < half
      ? Math.fround(from + Math.fround(step * i))
      : Math.fround(to - Math.fround(step * (count - 1 - i))),
  );
}

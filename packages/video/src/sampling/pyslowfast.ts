/**
 * @file Clips as PySlowFast's test loader takes them (`get_start_end_idx`, `temporal_sampling`):
 * positions in frames of the nominal rate, the last clip at 0.9 of the room for ten clips.
 */
import { linspaceIndices } from '@slowfast/core';
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { atLeastOne, firstAtOrAfter, tickSeconds } from './timeline.js';

/** Frames with pts in [int(start), int(end)], T positions along the clip; the last frame is held. */
export const pyslowfastClips: ClipRule = (timeline, clip, clips) => {
  const at = pyslowfastClipAt(timeline, clip);
  return Array.from({ length: clips }, (_, index) => at((room) => (room * index) / clips));
};

/** The clip that starts at a given part of the room, in frames of the nominal rate. */
export const pyslowfastClipAt: PlacedClipRule = (timeline, clip) => {
  const origin = timeline.pts[0] as number;
  const ticksPerFrame = 1 / (timeline.fps * tickSeconds(timeline));
  const length = ((clip.frames * clip.stride) / clip.fps) * timeline.fps;
  const total = timeline.fps * timeline.duration;
  const room = Math.max(total - length, 0);
  return (place) => {
    const start = place(room);
    const from = Math.trunc(start * ticksPerFrame) + origin;
    const until = Math.trunc((start + length - 1) * ticksPerFrame) + origin;
    const { first, count } = atLeastOne(
      firstAtOrAfter(timeline, from),
      firstAtOrAfter(timeline, until + 1),
    );
    const offsets = linspaceIndices(Math.fround(length - 1), clip.frames);
    const frames = offsets.map((offset) => first + Math.min(Math.max(offset, 0), count - 1));
    return { frames, padded: total < length };
  };
};

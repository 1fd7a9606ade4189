/**
 * @file Clips by time alone, our own rule: frame k of a clip is the one on screen at
 * start + k · stride / fps seconds, whatever the video's frame rate, so that motion has the speed that
 * the model was trained on. The first clip starts at the first frame, the last ends at the last.
 */
import type { Timeline } from '../types.js';
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { firstAtOrAfter, tickSeconds } from './timeline.js';

/** Frames on screen at equal time steps; the last frame is held. One clip lies in the middle. */
export const customClips: ClipRule = (timeline, clip, clips) => {
  const at = customClipAt(timeline, clip);
  return Array.from({ length: clips }, (_, index) =>
    at((room) => (clips === 1 ? room / 2 : (room * index) / (clips - 1))),
  );
};

/** The clip that starts at a given part of the room. */
export const customClipAt: PlacedClipRule = (timeline, clip) => {
  const step = clip.stride / clip.fps;
  const length = clip.frames * step;
  const room = Math.max(timeline.duration - length, 0);
  const at = frameAtSeconds(timeline);
  return (place) => {
    const start = place(room);
    const frames = Array.from({ length: clip.frames }, (_, frame) => at(start + frame * step));
    return { frames, padded: timeline.duration < length };
  };
};

/** The frame on screen at so many seconds after the first. */
export function frameAtSeconds(timeline: Timeline): (seconds: number) => number {
  const tick = tickSeconds(timeline);
  const origin = timeline.pts[0] as number;
  // A frame whose time stamp was rounded up to a whole tick counts as shown a little before it.
  const slack = Math.min(0.5, 0.05 / (timeline.fps * tick));
  return (seconds) => Math.max(firstAtOrAfter(timeline, origin + seconds / tick + slack) - 1, 0);
}

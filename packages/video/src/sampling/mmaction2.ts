/**
 * @file Clips as mmaction2's `SampleFrames` takes them in test mode: by frame index alone, whatever
 * the frame rate; a short video is played in a loop.
 */
import type { Timeline } from '../types.js';
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { roundHalfEven } from '../transform/rounding.js';

/** Every stride-th frame from round(i · room / (n − 1)), modulo the frame count; a clip of one frame is in the middle of its part. */
export const mmaction2Clips: ClipRule = (timeline, clip, clips) => {
  const span = (clip.frames - 1) * clip.stride + 1;
  const room = Math.max(timeline.frames - span, 0);
  const part = timeline.frames / clips;
  return Array.from({ length: clips }, (_, index) => {
    if (clip.frames === 1) return looped(timeline, clip, Math.floor(index * part + part / 2), span);
    const start = clips === 1 ? Math.floor(room / 2) : roundHalfEven(index * (room / (clips - 1)));
    return looped(timeline, clip, start, span);
  });
};

/** The clip that starts at a given frame of the room, rounded down; in training the room is one for whole steps. */
export const mmaction2ClipAt: PlacedClipRule = (timeline, clip) => {
  const span = clip.frames * clip.stride;
  const room = Math.max(timeline.frames - span, 0);
  return (place) => looped(timeline, clip, Math.floor(place(room)), span);
};

function looped(
  { frames: total }: Timeline,
  { frames, stride }: Parameters<ClipRule>[1],
  start: number,
  span: number,
): ReturnType<ClipRule>[number] {
  const indices = Array.from({ length: frames }, (_, frame) => (start + frame * stride) % total);
  return { frames: indices, padded: total < span };
}

/**
 * @file Clips as mmaction2's `SampleFrames` takes them in test mode: by frame index alone, whatever
 * the frame rate; a short video is played in a loop.
 */
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { roundHalfEven } from '../transform/rounding.js';

/** Every stride-th frame from round(i · room / (n − 1)), modulo the frame count. */
export const mmaction2Clips: ClipRule = (timeline, clip, clips) => {
  const at = mmaction2ClipAt(timeline, clip);
  return Array.from({ length: clips }, (_, index) =>
    at((room) =>
      clips === 1 ? Math.floor(room / 2) : roundHalfEven(index * (room / (clips - 1))),
    ),
  );
};

/** The clip that starts at a given frame of the room, rounded down. */
export const mmaction2ClipAt: PlacedClipRule = ({ frames: total }, clip) => {
  const span = (clip.frames - 1) * clip.stride + 1;
  const room = Math.max(total - span, 0);
  return (place) => {
    const offset = Math.floor(place(room));
    const frames = Array.from(
      { length: clip.frames },
      (_, frame) => (offset + frame * clip.stride) % total,
    );
    return { frames, padded: total < span };
  };
};

/**
 * @file Clips by time alone, our own rule: frame k of a clip is the one on screen at
 * start + k · stride / fps seconds, whatever the video's frame rate, so that motion has the speed that
 * the model was trained on. The first clip starts at the first frame, the last ends at the last.
 */
import type { ClipRule } from './clip-frames.js';
import { firstAtOrAfter, tickSeconds } from './timeline.js';

/** Frames on screen at equal time steps; the last frame is held. One clip lies in the middle. */
export const customClips: ClipRule = (timeline, clip, clips) => {
  const tick = tickSeconds(timeline);
  const origin = timeline.pts[0] as number;
  const step = clip.stride / clip.fps;
  const length = clip.frames * step;
  // A frame whose time stamp was rounded up to a whole tick counts as shown a little before it.
  const slack = Math.min(0.5, 0.05 / (timeline.fps * tick));
  const room = Math.max(timeline.duration - length, 0);
  return Array.from({ length: clips }, (_, index) => {
    const start = clips === 1 ? room / 2 : (room * index) / (clips - 1);
    const frames = Array.from({ length: clip.frames }, (_, frame) => {
      const ticks = origin + (start + frame * step) / tick;
      return Math.max(firstAtOrAfter(timeline, ticks + slack) - 1, 0);
    });
    return { frames, padded: timeline.duration < length };
  });
};

/**
 * @file Clips as PySlowFast's loader of Charades takes them (`get_seq_frames`): every stride-th picture by its number; what
 * reaches beyond the video is its first or last picture.
 */
import { roundHalfEven } from '../transform/rounding.js';
import type { Timeline } from '../types.js';
import type { ClipFrames, ClipRule, PlacedClipRule } from './clip-frames.js';

type Clip = Parameters<PlacedClipRule>[1];

/** Clips from the first picture to the last, evenly; one alone, which the loader cannot take, lies in the middle. */
export const pictureClips: ClipRule = (timeline, clip, clips) => {
  const room = Math.max(roomOf(timeline, clip), 0);
  return Array.from({ length: clips }, (_, index) =>
    from(
      timeline,
      clip,
      clips === 1 ? Math.floor(room / 2) : roundHalfEven((room / (clips - 1)) * index),
    ),
  );
};

/** The clip at a whole number of pictures within the room; in a shorter video it may begin before the first picture. */
export const pictureClipAt: PlacedClipRule = (timeline, clip) => {
  const room = roomOf(timeline, clip);
  const least = Math.min(room, 0);
  return (place) => {
    const start = least + Math.floor(place(Math.abs(room) + 1));
    return from(timeline, clip, Math.min(start, Math.max(room, 0)));
  };
};

/** Pictures from one frame to the next: the stride, unless what is seen is to go faster or slower. */
const stepOf = ({ fps }: Timeline, clip: Clip): number => clip.stride * (fps / clip.fps);

/** Pictures that a clip leaves; below 0 where the video is shorter. */
const roomOf = (timeline: Timeline, clip: Clip): number =>
  timeline.frames - (Math.floor((clip.frames - 1) * stepOf(timeline, clip)) + 1);

function from(timeline: Timeline, clip: Clip, start: number): Omit<ClipFrames, 'truncated'> {
  const step = stepOf(timeline, clip);
  const last = timeline.frames - 1;
  const frames = Array.from({ length: clip.frames }, (_, i) =>
    Math.max(Math.min(start + Math.floor(i * step), last), 0),
  );
  return { frames, padded: roomOf(timeline, clip) < 0 };
}

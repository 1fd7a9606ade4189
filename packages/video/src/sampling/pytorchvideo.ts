/**
 * @file Clips as PyTorchVideo takes them (`ConstantClipsPerVideoSampler`, `EncodedVideo.get_clip`,
 * `UniformTemporalSubsample`): equal distances in seconds from the first frame to the last clip's end.
 */
import { linspaceIndices } from '@slowfast/core';
import type { ClipRule, PlacedClipRule } from './clip-frames.js';
import { atLeastOne, firstAtOrAfter, tickSeconds } from './timeline.js';

/** Frames with start ≤ pts < end, T of them equally spaced; too short a video is stretched. */
export const pytorchvideoClips: ClipRule = (timeline, clip, clips) => {
  const at = pytorchvideoClipAt(timeline, clip);
  return Array.from({ length: clips }, (_, index) =>
    at((room) => (room * index) / Math.max(clips - 1, 1)),
  );
};

/** The clip that starts at a given part of the room. */
export const pytorchvideoClipAt: PlacedClipRule = (timeline, clip) => {
  const tick = tickSeconds(timeline);
  const start = timeline.pts[0] as number;
  const last = timeline.pts[timeline.frames - 1] as number;
  // Without a declared duration the reference takes the last frame's time stamp for it.
  const duration = timeline.durationDeclared ? timeline.duration : (last - start) * tick;
  const length = (clip.frames * clip.stride) / clip.fps;
  const room = Math.max(duration - length, 0);
  return (place) => {
    const seconds = place(room);
    const from = Math.trunc(seconds / tick) + start;
    const until = Math.trunc((seconds + length) / tick) + start;
    const { first, count } = atLeastOne(
      firstAtOrAfter(timeline, from),
      firstAtOrAfter(timeline, until),
    );
    const frames = linspaceIndices(count - 1, clip.frames).map((offset) => first + offset);
    return { frames, padded: duration < length };
  };
};

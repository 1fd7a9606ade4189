/**
 * @file Clips as PyTorchVideo takes them of a video without its sound (`ConstantClipsPerVideoSampler`,
 * `EncodedVideo.get_clip`, `UniformTemporalSubsample`): equal distances in seconds from the first frame to the last
 * clip's end. Seconds become time stamps by rounding up, at both ends, without a rounding error on the way.
 */
import { linspaceIndices } from '@slowfast/core';
import type { Timeline } from '../types.js';
import type { ClipFrames, ClipRule, PlacedClipRule } from './clip-frames.js';
import { approximately, ceiling, exactly, plus, room, times, type Exact } from './exact.js';
import { atLeastOne, firstAtOrAfter } from './timeline.js';

/** Frames with start ≤ pts < end, T of them equally spaced; too short a video is stretched. */
export const pytorchvideoClips: ClipRule = (timeline, clip, clips) => {
  const { spare, at } = clipsOf(timeline, clip);
  return Array.from({ length: clips }, (_, index) =>
    at(times(spare, index, Math.max(clips - 1, 1))),
  );
};

/** The clip that starts at a given part of the room. */
export const pytorchvideoClipAt: PlacedClipRule = (timeline, clip) => {
  const { spare, at } = clipsOf(timeline, clip);
  return (place) => at(exactly(place(approximately(spare))));
};

function clipsOf(timeline: Timeline, clip: Parameters<ClipRule>[1]) {
  const { num, den } = timeline.timeBase;
  const seconds = (ticks: number): Exact => times(exactly(ticks), num, den);
  const duration = seconds(referenceDuration(timeline));
  // The reference is given a float.
  const length = exactly((clip.frames * clip.stride) / clip.fps);
  const spare = room(duration, length);
  const start = timeline.pts[0] as number;
  const ticks = (time: Exact): number => start + ceiling(times(time, den, num));
  const padded = spare.num === 0n && approximately(duration) < approximately(length);
  const at = (from: Exact): Omit<ClipFrames, 'truncated'> => {
    const { first, count } = atLeastOne(
      firstAtOrAfter(timeline, ticks(from)),
      firstAtOrAfter(timeline, ticks(plus(from, length))),
    );
    const frames = linspaceIndices(count - 1, clip.frames).map((offset) => first + offset);
    return { frames, padded };
  };
  return { spare, at };
}

/**
 * Ticks that the reference takes for the duration: it subtracts the first frame's time stamp from what the container
 * states, too, and where that states none it takes the last frame's time stamp.
 */
function referenceDuration({ duration, durationDeclared, timeBase, pts }: Timeline): number {
  const ticks = durationDeclared
    ? Math.round((duration * timeBase.den) / timeBase.num)
    : (pts.at(-1) as number);
  return Math.max(ticks - (pts[0] as number), 0);
}

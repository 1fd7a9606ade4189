/**
 * @file The frames of a clip around a key frame, as AVA's models are tested, by preset:
 *
 * - PySlowFast: every τ-th of the T·τ frames from T·τ/2 before the key frame, each held within the video. Its
 *   frames are extracted at 30 a second; in a video of another rate they are those shown at the same times.
 * - mmaction2: the same steps, in frames of the video whatever its rate.
 * - PyTorchVideo (and `custom`): T frames evenly among those shown within half the clip's duration of the key.
 *
 * Needs no Node API.
 */
import {
  checkArguments,
  linspaceIndices,
  SpecError,
  type Preprocessing,
  type SamplingPreset,
} from '@slowfast/core';
import type { Timeline } from '../types.js';
import type { ClipFrames } from './clip-frames.js';
import { atLeastOne, firstAtOrAfter, tickSeconds } from './timeline.js';

/** AVA's videos are cut to begin at this second; its files count from the start of the film. */
export const AVA_FIRST_SECOND = 900;

/** Steps from the key frame, in frames: `range(−⌊T·τ/2⌋, ⌊T·τ/2⌋, τ)`. */
export function keyFrameOffsets(value: Preprocessing['clip']): readonly number[] {
  checkArguments('keyFrameOffsets', { value: [value, 'object'] });
  const { frames, stride } = value;
  const half = Math.floor((frames * stride) / 2);
  return Array.from({ length: frames }, (_, k) => k * stride - half);
}

/** The frame of a video that is shown at a time in seconds from its first frame; the nearest at the ends. */
export function frameAt(timeline: Timeline, seconds: number): number {
  const tick = timeline.pts[0]! + seconds / tickSeconds(timeline);
  // Time stamps are rounded to whole ticks: up to half a tick, where that is small against a frame.
  const slack = Math.min(0.5, 0.02 / (timeline.fps * tickSeconds(timeline)));
  const after = firstAtOrAfter(timeline, tick + slack);
  return Math.min(Math.max(after - 1, 0), timeline.frames - 1);
}

/**
 * The frames of the clip around a key frame, `seconds` after the video's first frame.
 *
 * @throws SpecError for a time outside of the video.
 */
export function keyFrameClip(
  preset: SamplingPreset,
  timeline: Timeline,
  clip: Preprocessing['clip'],
  seconds: number,
): ClipFrames {
  checkArguments('keyFrameClip', {
    preset: [preset, 'string'],
    timeline: [timeline, 'object'],
    clip: [clip, 'object'],
  });

  if (!(seconds >= 0 && seconds <= timeline.duration)) {
    throw new SpecError({
      site: 'key frame',
      expected: `a time within 0..${timeline.duration.toFixed(3)} s`,
      received: `${seconds} s`,
    });
  }
  const { frames, padded } = RULES[preset](timeline, clip, seconds);
  return { frames, padded, truncated: timeline.truncated };
}

type KeyFrameRule = (
  timeline: Timeline,
  clip: Preprocessing['clip'],
  seconds: number,
) => Omit<ClipFrames, 'truncated'>;

/** Indices in frames of `fps` a second, held within the video and shown in its own frames. */
function stepped(timeline: Timeline, clip: Preprocessing['clip'], seconds: number, fps: number) {
  const centre = Math.round(seconds * fps);
  const total = Math.round((timeline.frames * fps) / timeline.fps);
  const positions = keyFrameOffsets(clip).map((offset) => centre + offset);
  const inside = positions.map((index) => Math.min(Math.max(index, 0), total - 1));
  const same = fps === timeline.fps;
  const frames = inside.map((index) => (same ? index : frameAt(timeline, index / fps)));
  return { frames, padded: positions.some((index, i) => index !== inside[i]) };
}

const within: KeyFrameRule = (timeline, clip, seconds) => {
  const half = (clip.frames * clip.stride) / clip.fps / 2;
  const tick = (time: number): number => timeline.pts[0]! + time / tickSeconds(timeline);
  const { first, count } = atLeastOne(
    firstAtOrAfter(timeline, tick(Math.max(seconds - half, 0))),
    firstAtOrAfter(timeline, tick(seconds + half)),
  );
  return {
    frames: linspaceIndices(count - 1, clip.frames).map((index) => first + index),
    padded: seconds < half || seconds + half > timeline.duration,
  };
};

const RULES = {
  pyslowfast: (timeline, clip, seconds) => stepped(timeline, clip, seconds, clip.fps),
  mmaction2: (timeline, clip, seconds) => stepped(timeline, clip, seconds, timeline.fps),
  pytorchvideo: within,
  custom: within,
} satisfies Record<SamplingPreset, KeyFrameRule>;

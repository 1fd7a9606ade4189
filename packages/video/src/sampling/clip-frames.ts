/**
 * @file Which frames of a video make up each clip, by the rules of the code base that a model was
 * trained or tested with. One file a preset; each is held against indices that the reference itself
 * sampled. Needs no Node API.
 */
import {
  checkArguments,
  keyedRandom,
  SpecError,
  type Preprocessing,
  type SamplingPreset,
} from '@slowfast/core';
import type { Timeline } from '../types.js';
import { customClipAt, customClips } from './custom.js';
import { mmaction2ClipAt, mmaction2Clips } from './mmaction2.js';
import { pyslowfastClipAt, pyslowfastClips } from './pyslowfast.js';
import { pytorchvideoClipAt, pytorchvideoClips } from './pytorchvideo.js';
import { middleFrames, randomFrames } from './segments.js';

/** The frames of one clip. */
export interface ClipFrames {
  /** Frame indices, in clip order; an index may occur more than once. */
  readonly frames: readonly number[];
  /** Whether the video is shorter than the clip, so that the preset's policy filled it up. */
  readonly padded: boolean;
  /** Whether the video is truncated, so that clips lie otherwise than in the whole video. */
  readonly truncated: boolean;
}

/** A preset's rule: the frames of each of `clips` clips. */
export type ClipRule = (
  timeline: Timeline,
  clip: Preprocessing['clip'],
  clips: number,
) => readonly Omit<ClipFrames, 'truncated'>[];

/**
 * A preset's rule for one clip: `place` gives its start within the room that the clip leaves in the video,
 * in the preset's own unit (seconds or frames).
 */
export type PlacedClipRule = (
  timeline: Timeline,
  clip: Preprocessing['clip'],
) => (place: (room: number) => number) => Omit<ClipFrames, 'truncated'>;

const RULES = {
  pytorchvideo: pytorchvideoClips,
  pyslowfast: pyslowfastClips,
  mmaction2: mmaction2Clips,
  custom: customClips,
} satisfies Record<SamplingPreset, ClipRule>;

const positiveInteger = (site: string, value: number): void => {
  if (Number.isInteger(value) && value > 0) return;
  throw new SpecError({ site, expected: 'a positive integer', received: String(value) });
};

const PLACED = {
  pytorchvideo: pytorchvideoClipAt,
  pyslowfast: pyslowfastClipAt,
  mmaction2: mmaction2ClipAt,
  custom: customClipAt,
} satisfies Record<SamplingPreset, PlacedClipRule>;

/**
 * The frame indices of one clip that starts anywhere, as training takes it: `place` is in [0, 1), 0 for the
 * earliest start and 1 for the latest. Of segments it decides the frame of each.
 *
 * @throws SpecError as {@link clipFrames}.
 */
export function placedClipFrames(
  preset: SamplingPreset,
  timeline: Timeline,
  clip: Preprocessing['clip'],
  place: number,
): ClipFrames {
  checkArguments('placedClipFrames', {
    preset: [preset, 'string'],
    timeline: [timeline, 'object'],
    clip: [clip, 'object'],
  });

  checkClip(timeline, clip);
  // One number decides them all; each part has its own.
  if (clip.segments) return ofSegments(timeline, clip, keyedRandom(Math.floor(place * 2 ** 32)));
  // mmaction2 draws a whole frame from 0 to the room inclusive.
  const rest = preset === 'mmaction2' ? 1 : 0;
  const sample = PLACED[preset](timeline, clip)((room) => place * (room + rest));
  return { ...sample, truncated: timeline.truncated };
}

/**
 * The frame indices of `clips` clips spread over a video.
 *
 * @throws SpecError if a count is not a positive integer, or the time line has no frame.
 * @example
 * clipFrames('pyslowfast', video.timeline, preprocessing.clip, 10)[0].frames; // 0, 1, 3, 5, …
 */
export function clipFrames(
  preset: SamplingPreset,
  timeline: Timeline,
  clip: Preprocessing['clip'],
  clips: number,
): readonly ClipFrames[] {
  positiveInteger('clips', clips);
  checkClip(timeline, clip);
  if (clip.segments) return Array.from({ length: clips }, () => ofSegments(timeline, clip));
  return RULES[preset](timeline, clip, clips).map((sample) => ({
    ...sample,
    truncated: timeline.truncated,
  }));
}

function ofSegments(
  { frames: total, truncated }: Timeline,
  clip: Preprocessing['clip'],
  next?: () => number,
): ClipFrames {
  const frames = next ? randomFrames(total, clip.frames, next) : middleFrames(total, clip.frames);
  return { frames, padded: total < clip.frames, truncated };
}

function checkClip(timeline: Timeline, clip: Preprocessing['clip']): void {
  positiveInteger('preprocessing.clip.frames', clip.frames);
  positiveInteger('preprocessing.clip.stride', clip.stride);
  positiveInteger('timeline.frames', timeline.frames);
  if (clip.fps > 0 && Number.isFinite((clip.frames * clip.stride) / clip.fps)) return;
  throw new SpecError({
    site: 'preprocessing.clip.fps',
    expected: 'a positive frame rate',
    received: String(clip.fps),
  });
}

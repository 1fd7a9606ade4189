/**
 * @file Which frames of a video make up each clip, by the rules of the code base that a model was
 * trained or tested with. One file a preset; each is held against indices that the reference itself
 * sampled. Needs no Node API.
 */
import { SpecError, type Recipe, type SamplingPreset } from '@slowfast/core';
import type { Timeline } from '../types.js';
import { customClips } from './custom.js';
import { mmaction2Clips } from './mmaction2.js';
import { pyslowfastClips } from './pyslowfast.js';
import { pytorchvideoClips } from './pytorchvideo.js';

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
  clip: Recipe['clip'],
  clips: number,
) => readonly Omit<ClipFrames, 'truncated'>[];

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

/**
 * The frame indices of `clips` clips spread over a video.
 *
 * @throws SpecError if a count is not a positive integer, or the time line has no frame.
 * @example
 * clipFrames('pyslowfast', video.timeline, recipe.clip, 10)[0].frames; // 0, 1, 3, 5, …
 */
export function clipFrames(
  preset: SamplingPreset,
  timeline: Timeline,
  clip: Recipe['clip'],
  clips: number,
): readonly ClipFrames[] {
  positiveInteger('clips', clips);
  positiveInteger('recipe.clip.frames', clip.frames);
  positiveInteger('recipe.clip.stride', clip.stride);
  positiveInteger('timeline.frames', timeline.frames);
  if (!(clip.fps > 0)) {
    throw new SpecError({
      site: 'recipe.clip.fps',
      expected: 'a positive frame rate',
      received: String(clip.fps),
    });
  }
  return RULES[preset](timeline, clip, clips).map((sample) => ({
    ...sample,
    truncated: timeline.truncated,
  }));
}

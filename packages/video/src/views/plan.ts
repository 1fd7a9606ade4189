/** @file Which frames the views of a video need, and until when. Needs no Node API. */
import { SpecError, type Recipe } from '@slowfast/core';
import { clipFrames, type ClipFrames } from '../sampling/clip-frames.js';
import { cropOffsets, type CropOffset } from '../transform/crop.js';
import { frameSize } from '../transform/normalise.js';
import type { Size, Timeline } from '../types.js';

/** The parts of a recipe that views depend on. */
export type ViewRecipe = Pick<
  Recipe,
  'clip' | 'sampling' | 'resize' | 'crop' | 'stretch' | 'mean' | 'std' | 'channelOrder' | 'views'
>;

/** How many views. */
export interface ViewCounts {
  /** Clips in time; the recipe's by default. */
  readonly clips?: number;
  /** Crops of each clip, 1 or 3; the recipe's by default. */
  readonly crops?: number;
  /** The frames of each clip, in place of those that the recipe's sampling picks: windows of a long video. */
  readonly samples?: readonly ClipFrames[];
}

/** What to decode and what to make of it. */
export interface ViewPlan {
  /** The frames of each clip. */
  readonly clips: readonly ClipFrames[];
  /** The corner of each crop in a resized frame. */
  readonly offsets: readonly CropOffset[];
  /** Height and width of the crops. */
  readonly crop: readonly [height: number, width: number];
  /** Every frame that is needed, ascending. */
  readonly needed: readonly number[];
  /** Last clip that uses a frame; then it can be forgotten. */
  readonly lastUse: ReadonlyMap<number, number>;
}

/**
 * Plans the views of a video of this size.
 *
 * @throws SpecError if a count, the clip or the crop is not valid.
 */
export function viewPlan(
  timeline: Timeline,
  size: Size,
  recipe: ViewRecipe,
  counts: ViewCounts = {},
): ViewPlan {
  if (recipe.std.some((value) => !(value > 0))) {
    throw new SpecError({
      site: 'recipe.std',
      expected: 'positive numbers',
      received: `[${recipe.std.join(', ')}]`,
    });
  }
  const { clips = recipe.views.clips, crops = recipe.views.crops } = counts;
  const samples = counts.samples ?? clipFrames(recipe.sampling, timeline, recipe.clip, clips);
  const { offsets, crop } = cropsOf(recipe, size, crops);
  const lastUse = new Map<number, number>();
  samples.forEach(({ frames }, clip) => frames.forEach((frame) => lastUse.set(frame, clip)));
  const needed = [...lastUse.keys()].sort((a, b) => a - b);
  return { clips: samples, offsets, crop, needed, lastUse };
}

function cropsOf(
  recipe: ViewRecipe,
  size: Size,
  crops: number,
): Pick<ViewPlan, 'offsets' | 'crop'> {
  const resized = frameSize(recipe, size);
  if (!recipe.stretch) {
    const offsets = cropOffsets(recipe.sampling, resized, recipe.crop, crops);
    return { offsets, crop: [recipe.crop, recipe.crop] };
  }
  if (crops !== 1) {
    throw new SpecError({
      site: 'crops',
      expected: '1, since the recipe stretches frames to its input',
      received: String(crops),
    });
  }
  return { offsets: [{ x: 0, y: 0 }], crop: recipe.stretch };
}

/** @file Clips of another extent than the options say, as multigrid training takes them. Needs no Node API. */
import type { ClipDraw } from './draw.js';
import type { Augmentation } from './options.js';

/** Extent of a clip. */
export interface ClipShape {
  readonly frames: number;
  /** Pixels of the crop. */
  readonly size: readonly [height: number, width: number];
}

/**
 * How a clip of another extent is made, as PySlowFast does: with fewer frames the distance between them is drawn, so that
 * the clip spans at most what a whole one does; a smaller crop sees from as little of the frame as a whole one to more of it.
 */
export function resized(
  options: Augmentation,
  { frames, size }: ClipShape,
  { stride: draw }: Pick<ClipDraw, 'stride'>,
): Augmentation {
  const { clip, crop, scale } = options;
  const most = clip.stride * Math.max(1, Math.floor(clip.frames / frames));
  const stride = clip.stride + Math.floor(draw * (most - clip.stride + 1));
  const wider = Math.sqrt((crop[0] * crop[1]) / (size[0] * size[1]));
  return {
    ...options,
    clip: { ...clip, frames, stride },
    crop: size,
    scale: [scale[0], Math.max(scale[0], scale[1] * wider)],
  };
}

/** @file The scores of clips that come without a video, as tensors. */
import {
  ShapeError,
  type CompiledModel,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { pathwayFeeds, scoreFeeds } from '@slowfast/evaluation';
import type { Scoring, VideoScores } from './score-video.js';

/** Views of one video, normalised as the preprocessing says: `[N, C, T, H, W]`. */
type ClipTensor = HostTensor<'float32'>;

/**
 * A clip without a video, or N views of one, whose scores are combined: a tensor `[N, C, T, H, W]` a pathway, by the
 * names of the model's inputs; or one tensor of all of a clip's frames, of which each pathway gets its own.
 */
export type Clip = HostTensor<'float32'> | Readonly<Record<string, HostTensor<'float32'>>>;

const isTensor = (value: unknown): value is ClipTensor =>
  typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value;

/** Whether this is a {@link Clip}, not a video. */
export const isClip = (value: unknown): value is Clip =>
  isTensor(value) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.values(value).every(isTensor));

/** How many views a clip holds. */
export const viewsOf = (clip: Clip): number =>
  (isTensor(clip) ? clip : Object.values(clip)[0]!).shape[0] ?? 1;

/** Scores a clip in one run; throws {@link ShapeError} for one that does not fit the model. */
export async function scoreClip(
  clip: Clip,
  model: CompiledModel,
  preprocessing: Preprocessing,
  onOutputs: NonNullable<Scoring['onOutputs']>,
): Promise<VideoScores> {
  const feeds = isTensor(clip) ? feedsOf(clip, model, preprocessing) : clip;
  const { scores, views, timing } = await scoreFeeds(model, feeds, { preprocessing, onOutputs });
  const total = Math.round(timing.inference);
  return {
    scores,
    views: `${views}x1`,
    warnings: [],
    timing: { total, inference: total, waiting: 0 },
  };
}

function feedsOf(clip: ClipTensor, { inputs }: CompiledModel, preprocessing: Preprocessing) {
  if (clip.shape.length !== 5) {
    throw new ShapeError({
      site: 'clip',
      expected: 'a tensor [N, C, T, H, W]',
      received: `[${clip.shape.join(', ')}]`,
    });
  }
  return pathwayFeeds(Object.keys(inputs), preprocessing)(clip);
}

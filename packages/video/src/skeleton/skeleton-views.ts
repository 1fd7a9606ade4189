/** @file The views of a video's skeletons: clips of heat maps, each as it is and mirrored. Needs no Node API. */
import { checkArguments, MediaError, SpecError, type Preprocessing } from '@slowfast/core';
import type { Size, View } from '../types.js';
import type { Skeleton } from './body.js';
import { compacted } from './compact-box.js';
import { heatMaps, mirrored } from './heat-maps.js';
import { uniformFrames } from './uniform-frames.js';

/** The skeletons of a video. */
export interface SkeletonSequence extends Size {
  /** The people of each frame; only those that clips are made of need to be there. */
  readonly frames: readonly (readonly Skeleton[])[];
}

/** The parts of preprocessing that views of skeletons depend on. */
export type SkeletonPreprocessing = Pick<
  Preprocessing,
  'clip' | 'resize' | 'crop' | 'skeleton' | 'views'
>;

/** How many views: clips of the video; 2 crops add the mirror image of each. Default: the preprocessing's. */
export interface SkeletonViewCounts {
  readonly clips?: number;
  readonly crops?: number;
  /** What the video is called in messages. */
  readonly site?: string;
}

/** The frames of a video of `total` frames that its views are made of, ascending. */
export function skeletonFrames(
  total: number,
  preprocessing: Pick<SkeletonPreprocessing, 'clip' | 'views'>,
  counts: Pick<SkeletonViewCounts, 'clips'> = {},
): readonly number[] {
  checkArguments('skeletonFrames', { preprocessing: [preprocessing, 'object'] });

  const { clip, views } = preprocessing;
  const { clips = views.clips } = counts;
  return [...new Set(uniformFrames(total, clip.frames, clips).flat())].sort((a, b) => a - b);
}

/**
 * The views of a video by its skeletons, one clip after another: `[1, 17, T, crop, crop]` each.
 *
 * @throws SpecError for preprocessing that does not say how skeletons are drawn, and for more than 2 crops; MediaError where
 * nobody is in any of the frames.
 */
export function* skeletonViews(
  sequence: SkeletonSequence,
  preprocessing: SkeletonPreprocessing,
  counts: SkeletonViewCounts = {},
): Generator<View, void, undefined> {
  checkArguments('skeletonViews', {
    sequence: [sequence, 'object'],
    preprocessing: [preprocessing, 'object'],
    counts: [counts, 'object'],
  });
  const { clip, crop: size, resize, skeleton, views } = preprocessing;
  const { clips = views.clips, crops = views.crops, site = 'skeletons' } = counts;
  if (!skeleton) throw refusal('preprocessing.skeleton', 'how skeletons are drawn', 'nothing');
  if (crops !== 1 && crops !== 2) {
    throw refusal('crops', '1, or 2 with the mirror image of skeletons', `${crops}`);
  }
  const samples = uniformFrames(sequence.frames.length, clip.frames, clips);
  const people = samples.flat().flatMap((frame) => sequence.frames[frame]!);
  if (people.length === 0) {
    throw new MediaError({
      site,
      expected: 'people in the video',
      received: `${new Set(samples.flat()).size} frames without anybody`,
      remedy: 'Give the joints by a file, or a model that sees frames',
    });
  }
  const place = compacted(people, sequence, { resize, crop: size, skeleton });
  const padded = sequence.frames.length < clip.frames;
  for (const [index, frames] of samples.entries()) {
    const placed = frames.map((frame) => sequence.frames[frame]!.map(place));
    const tensor = heatMaps(placed, size, skeleton);
    yield { clip: index, crop: 0, frames, padded, tensor };
    if (crops === 1) continue;
    yield { clip: index, crop: 1, frames, padded, tensor: mirrored(tensor, skeleton.parts) };
  }
}

const refusal = (site: string, expected: string, received: string): SpecError =>
  new SpecError({ site, expected, received });

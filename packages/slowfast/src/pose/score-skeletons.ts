/** @file The scores of one video by the skeletons of the people in it. */
import type { SkeletonSequence, View } from '@slowfast/video';
import { skeletonFrames, skeletonViews } from '@slowfast/video';
import { opened, pathOf, type VideoInput } from '../classify/files.js';
import type { Scoring } from '../classify/score-video.js';
import { recordedSkeletons } from './skeleton-file.js';
import { videoSkeletons } from './video-skeletons.js';

/** The views of a video's skeletons, and what is to be said of them. */
export interface SkeletonInput {
  readonly views: Iterable<View>;
  readonly warnings: readonly string[];
}

/**
 * The skeletons of a file of JSON, of a clip of mmaction2's annotations, or of a video, in which they are looked for. Throws
 * MediaError for a video that cannot be used, or in which nobody is, RuntimeError where there is no detector.
 */
export async function skeletonInput(file: VideoInput, scoring: Scoring): Promise<SkeletonInput> {
  const { preprocessing, views: counts = preprocessing.views } = scoring;
  const site = pathOf(file);
  const viewsOf = (sequence: SkeletonSequence): Iterable<View> =>
    skeletonViews(sequence, preprocessing, { ...counts, site });
  const recorded = await recordedSkeletons(file, scoring.people.annotations);
  if (recorded) return { views: viewsOf(recorded), warnings: [] };
  const stop = scoring.signal ? { signal: scoring.signal } : {};
  const { find } = scoring.people;
  await using input = await opened(file, { ...scoring.open, ...stop });
  const { video } = input;
  const indices = skeletonFrames(video.timeline.frames, preprocessing, counts);
  const sequence = await videoSkeletons(video, { find, indices, ...stop });
  const empty = indices.filter((frame) => sequence.frames[frame]!.length === 0).length;
  const few = `nobody was found on ${empty} of ${indices.length} frames`;
  return {
    views: viewsOf(sequence),
    warnings: [...video.warnings, ...(2 * empty > indices.length ? [few] : [])],
  };
}

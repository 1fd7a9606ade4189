/** @file The skeletons of the people in a video, found on those frames that a model will see. */
import { SpecError } from '@slowfast/core';
import {
  SKELETON_NUMBERS,
  type Skeleton,
  type SkeletonSequence,
  type Video,
} from '@slowfast/video';
import type { FindPeople } from '../detect/detection.js';
import type { PersonBox } from '../detect/person-box.js';

/** How skeletons are looked for. */
export interface SkeletonSearch {
  readonly find: FindPeople;
  /** Frames to look at, ascending. */
  readonly indices: readonly number[];
  readonly signal?: AbortSignal;
}

/** The skeletons on frames of a video; others are empty. Throws SpecError for people without joints, MediaError as the video does. */
export async function videoSkeletons(
  video: Pick<Video, 'frames' | 'info' | 'timeline'>,
  { find, indices, signal }: SkeletonSearch,
): Promise<SkeletonSequence> {
  const { width, height } = video.info;
  const frames: (readonly Skeleton[])[] = Array.from({ length: video.timeline.frames }, () => []);
  for await (const frame of video.frames({ indices, ...(signal ? { signal } : {}) })) {
    signal?.throwIfAborted();
    const people = await find(frame.time, frame);
    frames[frame.index] = people.map((person) => skeletonOf(person, width, height));
  }
  return { width, height, frames };
}

function skeletonOf({ keypoints }: PersonBox, width: number, height: number): Skeleton {
  if (!keypoints || 3 * keypoints.length !== SKELETON_NUMBERS) {
    throw new SpecError({
      site: 'people',
      expected: "a detector that gives COCO's 17 joints of each person",
      received: keypoints ? `${keypoints.length} joints` : 'boxes alone',
      remedy: 'Take movenet-multipose, which is the default',
    });
  }
  return Float32Array.from(keypoints.flatMap(({ x, y, score }) => [x * width, y * height, score]));
}

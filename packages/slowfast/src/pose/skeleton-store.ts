/** @file Files of skeletons that are read again and again, kept in memory where they fit. */
import { MediaError } from '@slowfast/core';
import { SKELETON_NUMBERS, type SkeletonSequence } from '@slowfast/video';
import type { AnnotationFiles } from './annotation-file.js';
import { checkPeople, recordedSkeletons } from './skeleton-file.js';

/** Bytes of a frame's list and of a person's array besides its numbers, about. */
const OVERHEAD = 100;

/** Skeletons by the paths of their files. */
export interface SkeletonStore {
  /** Rejects with MediaError for a file that is none, and for one without anybody. */
  read(path: string): Promise<SkeletonSequence>;
}

/** A store that keeps so many bytes at most; `annotations` has the clips that are no files of their own. */
export function skeletonStore(bytes: number, annotations: AnnotationFiles): SkeletonStore {
  const kept = new Map<string, SkeletonSequence>();
  let room = bytes;
  return {
    async read(path) {
      const before = kept.get(path);
      if (before) return before;
      const sequence = await peopleOf(path, annotations);
      const size = sizeOf(sequence);
      if (size <= room) {
        kept.set(path, sequence);
        room -= size;
      }
      return sequence;
    },
  };
}

async function peopleOf(path: string, annotations: AnnotationFiles): Promise<SkeletonSequence> {
  const sequence = await recordedSkeletons(path, () => annotations);
  if (!sequence) {
    throw new MediaError({
      site: path,
      expected: 'a file of joints, which ends in .json',
      received: 'another',
      remedy: '`slowfast joints` finds those of a video',
    });
  }
  checkPeople(sequence, path);
  return sequence;
}

const sizeOf = ({ frames }: SkeletonSequence): number =>
  frames.reduce(
    (sum, people) => sum + OVERHEAD + people.length * (4 * SKELETON_NUMBERS + OVERHEAD),
    0,
  );

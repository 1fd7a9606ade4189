/** @file The joints of the people in a video, from a file of JSON: what stands in place of a video for a model that sees skeletons. */
import * as v from 'valibot';
import {
  checkArguments,
  fileText,
  MediaError,
  readJson,
  schemaParts,
  SpecError,
  WeightError,
} from '@slowfast/core';
import { SKELETON_NUMBERS, type SkeletonSequence } from '@slowfast/video';
import type { AnnotationFiles } from './annotation-file.js';

const { finite, listOf, openObject, whole } = schemaParts;

const SIDE = whole(1, 65_536);
const JOINTS = `${SKELETON_NUMBERS} numbers: x, y and score of COCO's 17 joints`;
/** More than any reader could hold: the file's length is the bound. */
const [FRAMES, PEOPLE] = [1_000_000, 1000];

const SCORES = v.check<number[], string>(
  (numbers) => numbers.every((number, i) => i % 3 !== 2 || (number >= 0 && number <= 1)),
  'scores from 0 to 1',
);

const FILE = openObject({
  width: SIDE,
  height: SIDE,
  frames: v.pipe(
    listOf(
      openObject({
        people: listOf(
          openObject({
            keypoints: v.pipe(v.array(finite, JOINTS), v.length(SKELETON_NUMBERS, JOINTS), SCORES),
          }),
          PEOPLE,
        ),
      }),
      FRAMES,
    ),
    v.minLength(1, 'a list of at least one frame'),
  ),
});

/** Whether an input is a file of skeletons, by its ending. */
export const isSkeletonFile = (input: unknown): input is string =>
  typeof input === 'string' && input.toLowerCase().endsWith('.json');

const ANNOTATIONS = /^(?<file>.*\.(?:pkl|pickle))(?:#(?<part>.+))?$/is;

/** A file of annotations, and which part of it: a split in place of a list, a clip in place of a video. */
export interface AnnotationPath {
  readonly file: string;
  readonly part?: string;
}

/** What a path such as `ntu60_2d.pkl#xsub_val` names; undefined for another. */
export const annotationPath = (path: string): AnnotationPath | undefined =>
  ANNOTATIONS.exec(path)?.groups as AnnotationPath | undefined;

/** Whether an input is {@link annotationPath}'s. */
export const isAnnotationPath = (input: unknown): input is string =>
  typeof input === 'string' && ANNOTATIONS.test(input);

/**
 * The skeletons of a file: `{ width, height, frames: [{ people: [{ keypoints }] }] }`, an entry a frame of the video, sizes and
 * coordinates in pixels, `keypoints` as COCO has them: x, y, score (0 to 1) of 17 joints, zeros where one was not found.
 * Throws MediaError for another file.
 */
export async function readSkeletonFile(path: string): Promise<SkeletonSequence> {
  checkArguments('readSkeletonFile', { path: [path, 'string'] });
  const { width, height, frames } = readJson(FILE, await textOf(path), {
    site: path,
    error: MediaError,
  }) as {
    readonly width: number;
    readonly height: number;
    readonly frames: readonly {
      readonly people: readonly { readonly keypoints: readonly number[] }[];
    }[];
  };
  return {
    width,
    height,
    frames: frames.map(({ people }) => people.map(({ keypoints }) => Float32Array.from(keypoints))),
  };
}

/** The skeletons of a file of JSON or of a clip of annotations; undefined for what names neither, such as a video. */
export function recordedSkeletons(
  input: unknown,
  annotations: () => AnnotationFiles | Promise<AnnotationFiles>,
): Promise<SkeletonSequence> | undefined {
  if (isSkeletonFile(input)) return readSkeletonFile(input);
  if (!isAnnotationPath(input)) return undefined;
  return Promise.resolve(annotations()).then((files) => files.read(input));
}

/** Skeletons as such a file has them: places to a hundredth of a pixel, scores to a thousandth. */
export function skeletonText({ width, height, frames }: SkeletonSequence): string {
  const rounded = (value: number, i: number): number => {
    const parts = i % 3 === 2 ? 1000 : 100;
    return Math.round(value * parts) / parts;
  };
  const people = frames.map((each) => ({
    people: each.map((person) => ({ keypoints: Array.from(person, rounded) })),
  }));
  return `${JSON.stringify({ width, height, frames: people })}\n`;
}

/** A file that cannot be read is an error of that file, as a video is. */
const textOf = (path: string): Promise<string> =>
  fileText(path, { expected: 'a file of joints that can be read' }).catch(asMedia);

/** Throws a file's error as that of a video, so that one of many is left out. */
export function asMedia(cause: unknown): never {
  if (!(cause instanceof WeightError || cause instanceof SpecError)) throw cause;
  const { site, expected, received } = cause;
  throw new MediaError({ site, expected, received, cause });
}

/** Throws MediaError unless somebody is on at least one frame. */
export function checkPeople({ frames }: SkeletonSequence, site: string): void {
  if (frames.some((people) => people.length > 0)) return;
  throw new MediaError({
    site,
    expected: 'people in the video',
    received: `${frames.length} frames without anybody`,
  });
}

/**
 * @file One clip of skeletons to train on, as mmaction2 augments them: other frames of the video's equal parts, a part of the
 * square around all people, the mirror image. Needs no Node API.
 */
import { checkArguments, keyedRandom, permutation, type HostTensor } from '@slowfast/core';
import type { Preprocessing } from '@slowfast/core';
import { SKELETON_NUMBERS, type Skeleton } from './body.js';
import { compacted } from './compact-box.js';
import { heatMaps, mirrored } from './heat-maps.js';
import type { SkeletonSequence } from './skeleton-views.js';
import { drawnUniformFrames, type FrameDraws } from './uniform-frames.js';

/** Least area of the part of the square that a clip shows. */
const LEAST_AREA = 0.56;
/** Its width over its height, or the other way round, at most. */
const MOST_RATIO = 4 / 3;
/** Draws of a part before the whole square is taken. */
const ATTEMPTS = 10;

/** What clips of skeletons are to be. */
export interface SkeletonClipOptions extends Required<
  Pick<Preprocessing, 'clip' | 'resize' | 'skeleton'>
> {
  /** Side of the clip in pixels; the square around all people is `resize` before a part of it is taken. */
  readonly crop: number;
  /** Whether every second clip is mirrored, left and right joints exchanged. */
  readonly flip: boolean;
}

/** A clip of heat maps. */
export interface SkeletonClip {
  /** `[1, 17, T, crop, crop]`. */
  readonly tensor: HostTensor<'float32'>;
  /** The frames that it is made of. */
  readonly frames: readonly number[];
}

/**
 * Draws a clip of a video's skeletons; the same `keys` (seed, epoch, position in the list) draw the same one. Frames on which
 * nobody is are empty maps.
 */
export function skeletonClip(
  sequence: SkeletonSequence,
  options: SkeletonClipOptions,
  keys: readonly number[],
): SkeletonClip {
  checkArguments('skeletonClip', {
    sequence: [sequence, 'object'],
    options: [options, 'object'],
    keys: [keys, 'array'],
  });
  const { clip, resize, crop, skeleton, flip } = options;
  const random = keyedRandom(...keys, 2);
  const frames = drawnUniformFrames(sequence.frames.length, clip.frames, drawsOf(random));
  const people = frames.flatMap((frame) => sequence.frames[frame]!);
  const place = compacted(people, sequence, { resize, crop: resize, skeleton });
  const part = drawnPart(resize, random);
  const shown = (person: Skeleton): Skeleton => inPart(place(person), part, crop);
  const placed = frames.map((frame) => sequence.frames[frame]!.map(shown));
  const tensor = heatMaps(placed, crop, skeleton);
  const isMirrored = flip && random() < 0.5;
  return { tensor: isMirrored ? mirrored(tensor, skeleton.parts) : tensor, frames };
}

const drawsOf = (random: () => number): FrameDraws => ({
  upTo: (most) => Math.floor(random() * (most + 1)),
  choice: (count, size) => permutation(count, random).slice(0, size),
});

interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a square by area and ratio, anywhere in it; the whole square where none of some draws fits. */
function drawnPart(side: number, random: () => number): Part {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ratio = MOST_RATIO ** (2 * random() - 1);
    const area = (LEAST_AREA + (1 - LEAST_AREA) * random()) * side * side;
    const width = Math.round(Math.sqrt(area * ratio));
    const height = Math.round(Math.sqrt(area / ratio));
    if (width > side || height > side) continue;
    const from = (room: number): number => Math.floor(random() * (room + 1));
    return { x: from(side - width), y: from(side - height), width, height };
  }
  return { x: 0, y: 0, width: side, height: side };
}

/** A person in the pixels of a part that is enlarged or shrunk to a square. */
const inPart = (person: Skeleton, { x, y, width, height }: Part, side: number): Skeleton =>
  Float32Array.from({ length: SKELETON_NUMBERS }, (_, i) => {
    const value = person[i]!;
    if (i % 3 === 2) return value;
    return i % 3 === 0 ? ((value - x) * side) / width : ((value - y) * side) / height;
  });

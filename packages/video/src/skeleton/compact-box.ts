/** @file Brings skeletons to the pixels of heat maps: the square around all people, resized and cropped in its middle. */
import type { Preprocessing } from '@slowfast/core';
import type { Size } from '../types.js';
import { SKELETON_NUMBERS, type Skeleton } from './body.js';

/** A box of fewer pixels on one side is not believed: the whole frame is taken then. */
const LEAST = 10;

/** The parts of preprocessing that say where skeletons come to lie. */
export type BoxPreprocessing = Required<Pick<Preprocessing, 'resize' | 'crop' | 'skeleton'>>;

/**
 * Moves skeletons of a video into its heat maps. All people of all frames that are used share the square, which may reach
 * beyond the frame; a coordinate of 0, which is what joints have that were not found, is left out of it and not moved.
 */
export function compacted(
  people: readonly Skeleton[],
  frame: Size,
  { resize, crop, skeleton }: BoxPreprocessing,
): (person: Skeleton) => Float32Array {
  const box = squareAround(people, skeleton.padding) ?? { x: 0, y: 0, ...frame };
  const scale = resize / Math.min(box.width, box.height);
  const [width, height] = [box.width, box.height].map((side) => Math.floor(side * scale + 0.5));
  const along = [
    { start: box.x, scale: Math.fround(width! / box.width), cut: Math.floor((width! - crop) / 2) },
    {
      start: box.y,
      scale: Math.fround(height! / box.height),
      cut: Math.floor((height! - crop) / 2),
    },
  ] as const;
  return (person) =>
    Float32Array.from({ length: SKELETON_NUMBERS }, (_, i) => {
      const value = Math.fround(person[i]!);
      const axis = along[i % 3];
      if (!axis) return value;
      const inBox = value === 0 ? 0 : Math.fround(value - axis.start);
      return Math.fround(inBox * axis.scale) - axis.cut;
    });
}

interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

function squareAround(people: readonly Skeleton[], padding: number): Box | undefined {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const person of people) {
    for (let i = 0; i < SKELETON_NUMBERS; i++) {
      const axis = i % 3;
      const value = Math.fround(person[i]!);
      if (axis === 2 || value === 0) continue;
      low[axis] = Math.min(low[axis]!, value);
      high[axis] = Math.max(high[axis]!, value);
    }
  }
  const [width, height] = [high[0]! - low[0]!, high[1]! - low[1]!];
  if (!(width >= LEAST && height >= LEAST)) return undefined;
  const half = (Math.max(width, height) / 2) * (1 + padding);
  const [left, right, top, bottom] = [0, 1].flatMap((axis) => {
    const centre = (low[axis]! + high[axis]!) / 2;
    return [Math.trunc(centre - half), Math.trunc(centre + half)];
  }) as [number, number, number, number];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @file COCO's body of 17 joints, and what of it is left and right. */
import { SKELETON_PARTS, type SkeletonMaps } from '@slowfast/core';

/**
 * A person in a frame: x, y in pixels and score (0 to 1) of each of COCO's 17 joints, 51 numbers. A joint that was not found
 * is three zeros.
 */
export type Skeleton = ArrayLike<number>;

/** Numbers of a {@link Skeleton}. */
export const SKELETON_NUMBERS = 3 * SKELETON_PARTS;

/** The joints between which limbs are drawn, in the order of their channels (mmaction2's). */
export const LIMBS: readonly (readonly [from: number, to: number])[] = [
  [0, 5],
  [0, 6],
  [5, 7],
  [7, 9],
  [6, 8],
  [8, 10],
  [5, 11],
  [11, 13],
  [13, 15],
  [6, 12],
  [12, 14],
  [14, 16],
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [11, 12],
];

/** After the nose, left joints are odd and right ones follow them. */
const mirrorJoint = (joint: number): number =>
  joint === 0 ? 0 : joint % 2 === 1 ? joint + 1 : joint - 1;

function mirrorLimb([from, to]: readonly [number, number]): number {
  const ends = [mirrorJoint(from), mirrorJoint(to)];
  return LIMBS.findIndex((limb) => ends.includes(limb[0]) && ends.includes(limb[1]));
}

/** The channel that each one becomes in a mirror. */
export const MIRROR: Readonly<Record<SkeletonMaps['parts'], readonly number[]>> = {
  joints: Array.from({ length: SKELETON_PARTS }, (_, joint) => mirrorJoint(joint)),
  limbs: LIMBS.map(mirrorLimb),
};

/** @file Boxes of people, and what can be said of two of them. */
import type { Box } from '@slowfast/video';
import type { Keypoint } from './keypoints.js';

/** A box that a person was found in: parts (0 to 1) of the frame's width and height. */
export interface PersonBox {
  readonly box: Box;
  readonly score: number;
  /** Where its joints are, if the detector says it. */
  readonly keypoints?: readonly Keypoint[];
}

/** Intersection over union; 0 for boxes without extent. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  const area = ([x1, y1, x2, y2]: Box): number => (x2 - x1) * (y2 - y1);
  return shared / (area(a) + area(b) - shared);
}

/** The box that is a `part` (0 to 1) of the way from one to the other. */
export function boxBetween(from: Box, to: Box, part: number): Box {
  const along = (side: 0 | 1 | 2 | 3): number => from[side] + part * (to[side] - from[side]);
  return [along(0), along(1), along(2), along(3)];
}

/** The best boxes, none of which overlaps a better one by more than `limit`; best first. */
export function suppressed(boxes: readonly PersonBox[], limit: number): readonly PersonBox[] {
  const best: PersonBox[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.score - a.score)) {
    if (best.every(({ box }) => overlap(box, candidate.box) <= limit)) best.push(candidate);
  }
  return best;
}

/** @file Corners that a box can have: parts of the frame's width and height, the first above and left of the second. */
import { SpecError } from '@slowfast/core';
import type { AvaRow } from './table.js';

/** How far beyond the frame's edge a corner may be: coordinates are rounded, and come from networks. */
const SLACK = 0.01;

/**
 * Throws {@link SpecError} for a box that no frame has: corners in pixels or outside of the frame, or turned round.
 * `site` says where it is written.
 */
export function checkBoxCorners(site: string, box: AvaRow['box']): void {
  const [x1, y1, x2, y2] = box;
  if (box.some((value) => value < -SLACK || value > 1 + SLACK)) {
    const isPixels = Math.max(x2, y2) > 2;
    throw new SpecError({
      site,
      expected: "corners x1, y1, x2, y2 within 0 and 1, in parts of the frame's width and height",
      received: `${box.join(', ')}${isPixels ? ', which look like pixels' : ''}`,
      remedy: isPixels
        ? 'Divide x1 and x2 by the width of the frame, y1 and y2 by its height'
        : 'Cut boxes at the edges of the frame and leave out those beyond',
    });
  }
  if (x1 >= x2 || y1 >= y2) {
    throw new SpecError({
      site,
      expected: 'corners x1, y1, x2, y2 with x1 less than x2 and y1 less than y2',
      received: box.join(', '),
    });
  }
}

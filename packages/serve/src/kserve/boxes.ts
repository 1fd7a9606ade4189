/** @file Boxes of people beside clips: as many as a run can bear, each within its clip's picture. */
import type { HostTensor } from '@slowfast/core';
import type { Tensors } from '../batching/rows.js';
import { badRequest } from '../request-error.js';

/** Boxes a clip at most; each costs the model a feature map of its own. */
export const MOST_BOXES = 100;

/**
 * Checks `boxes` `[R, 5]` (`[clip, x1, y1, x2, y2]`, in pixels of the input) against the clips `[N, C, T, H, W]` beside them.
 * What a runtime makes of others ranges from plausible scores to a loop over millions of samples. Throws a RequestError of
 * status 400; does nothing where there are no boxes.
 */
export function checkBoxes(feeds: Tensors): void {
  const boxes = Object.hasOwn(feeds, 'boxes') ? feeds['boxes'] : undefined;
  const clips = Object.values(feeds).find(({ shape }) => shape.length === 5);
  if (!boxes || !clips || boxes.shape[1] !== 5) return;
  const { shape, data } = boxes as HostTensor<'float32'>;
  const [count, rows] = [clips.shape[0]!, shape[0]!];
  if (rows > MOST_BOXES * count) {
    const expected = `at most ${MOST_BOXES} boxes a clip, ${MOST_BOXES * count} here`;
    throw badRequest('input boxes', expected, `${rows}`);
  }
  const [height, width] = clips.shape.slice(-2) as [number, number];
  for (let row = 0; row < rows; row++) {
    const [clip, x1, y1, x2, y2] = data.subarray(row * 5, row * 5 + 5) as unknown as Box;
    const site = `input boxes, row ${row}`;
    if (!(Number.isInteger(clip) && clip >= 0 && clip < count)) {
      throw badRequest(site, `a clip from 0 to ${count - 1}`, `${clip}`);
    }
    // Written so that what is no number is refused as well.
    if (x1 >= 0 && x1 <= x2 && x2 <= width && y1 >= 0 && y1 <= y2 && y2 <= height) continue;
    const expected = `x1 ≤ x2 within 0 to ${width} and y1 ≤ y2 within 0 to ${height}, in pixels`;
    throw badRequest(site, expected, `${x1}, ${y1}, ${x2}, ${y2}`);
  }
}

type Box = readonly [clip: number, x1: number, y1: number, x2: number, y2: number];

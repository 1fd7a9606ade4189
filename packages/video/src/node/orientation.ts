/** @file How a file asks its frames to be turned: the display matrix of MP4 and Matroska. */
import type { Orientation, VideoFrame } from '../types.js';

/** Frames as they are coded. */
export const UPRIGHT: Orientation = { swap: false, flipX: false, flipY: false };

/**
 * The orientation of a display matrix (9 values, row by row; pixel (x, y) is shown at
 * (m0·x + m3·y, m1·x + m4·y) but for an offset); the nearest quarter turn if it is oblique.
 */
export function orientationOf(matrix: readonly number[]): Orientation {
  const [a = 1, b = 0, , c = 0, d = 1] = matrix;
  const swap = Math.abs(b) > Math.abs(a);
  return swap ? { swap, flipX: c < 0, flipY: b < 0 } : { swap, flipX: a < 0, flipY: d < 0 };
}

/** Degrees clockwise of an orientation, mirroring aside. */
export function degreesOf({ swap, flipX, flipY }: Orientation): 0 | 90 | 180 | 270 {
  if (swap) return flipX ? 90 : 270;
  return flipX && flipY ? 180 : 0;
}

type Pixels = Pick<VideoFrame, 'width' | 'height' | 'data'>;

/** Turns an RGB24 frame. */
export function orient(frame: Pixels, orientation: Orientation): Pixels {
  const { swap, flipX, flipY } = orientation;
  if (!swap && !flipX && !flipY) return frame;
  const width = swap ? frame.height : frame.width;
  const height = swap ? frame.width : frame.height;
  const data = new Uint8Array(frame.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    const v = flipY ? height - 1 - y : y;
    for (let x = 0; x < width; x++, to += 3) {
      const u = flipX ? width - 1 - x : x;
      const from = 3 * (swap ? u * frame.width + v : v * frame.width + u);
      data[to] = frame.data[from]!;
      data[to + 1] = frame.data[from + 1]!;
      data[to + 2] = frame.data[from + 2]!;
    }
  }
  return { width, height, data };
}

/** @file What decoded and resized pixels may take of memory. Needs no Node API. */
import { MediaError } from '@slowfast/core';
import type { Size } from '../types.js';

/** Limits of size where nobody says otherwise. */
export const SIZE_LIMITS = { maxPixels: 8192 * 4608, maxClipBytes: 2 ** 31 } as const;

/**
 * What `make` makes of frames of a size.
 *
 * @throws MediaError in place of the RangeError that an engine has for memory it cannot give.
 */
export async function allocated<T>(
  path: string,
  size: Size,
  make: () => T | Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw outOfMemory(path, `${size.width}x${size.height} frames`, cause);
  }
}

/** Memory does not suffice. */
export const outOfMemory = (path: string, what: string, cause?: unknown): MediaError =>
  new MediaError({
    site: path,
    expected: `enough memory for ${what}`,
    received: 'an allocation that failed',
    remedy: 'Convert the video to smaller frames, or free memory',
    cause,
  });

/** Refuses frames that are too large once they are resized. */
export function checkResized(path: string, { width, height }: Size, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new MediaError({
    site: path,
    expected: `resized frames of at most ${maxPixels} pixels`,
    received: `frames of ${width}x${height}`,
    remedy: 'Crop the video: its frames are too long and narrow for this model',
  });
}

/** Refuses clips whose resized frames, `count` of them at a time, take too much memory. */
export function checkClipBytes(
  path: string,
  { width, height }: Size,
  count: number,
  maxClipBytes: number,
): void {
  // Three planes of floats.
  const bytes = 12 * width * height * count;
  if (bytes <= maxClipBytes) return;
  const mebibytes = (value: number): string => `${Math.floor(value / 2 ** 20)} MiB`;
  throw new MediaError({
    site: path,
    expected: `clips of at most ${mebibytes(maxClipBytes)}`,
    received: `${mebibytes(bytes)} of ${count} frames resized to ${width}x${height}`,
    remedy: 'Crop the video, or raise maxClipBytes if the file can be trusted',
  });
}

/** @file What a picture says of itself in its first bytes: JPEG or PNG, its size, and which way up it is. */
import { fileSource, MediaError } from '@slowfast/core';
import type { Orientation, Size } from '../../types.js';
import { UPRIGHT } from '../orientation.js';
import { exifOrientation } from './exif-orientation.js';

/** The formats of pictures that are read, as FFmpeg calls their codecs. */
export type PictureCodec = 'mjpeg' | 'png';

/** A picture's format and its size, as it is coded. */
export interface CodedPicture extends Size {
  readonly codec: PictureCodec;
}

/** What the header says: the picture, and how it is to be turned. */
export interface PictureHeader extends CodedPicture {
  readonly orientation: Orientation;
}

/** Where the size stands in nearly every picture, and where it has to be (behind a camera's notes and colour profile). */
const REACHES = [2 ** 12, 2 ** 20];

/**
 * Reads the header of a picture.
 *
 * @throws MediaError for a file that is not there, and for one that is neither JPEG nor PNG.
 */
export async function pictureHeader(path: string): Promise<PictureHeader> {
  const source = await fileSource(path).catch((cause: Error) => {
    throw notThere(path, cause);
  });
  try {
    for (const reach of REACHES) {
      const header = headerOf(await source.read(0, Math.min(reach, source.size)));
      if (header) return header;
    }
  } finally {
    await source.close?.();
  }
  throw new MediaError({
    site: path,
    expected: 'a picture, JPEG or PNG',
    received: source.size === 0 ? 'an empty file' : 'a file that does not begin as one',
    remedy: 'Write the picture again from the video',
  });
}

/** The error for a picture that cannot be opened. */
export const notThere = (path: string, cause?: Error): MediaError =>
  new MediaError({
    site: path,
    expected: 'a picture of the video',
    received: 'a path where no file is that can be read',
    remedy: 'Write the pictures again from the video',
    cause,
  });

/** The header in the first bytes of a file; nothing if it is not in them. */
export function headerOf(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === IHDR) {
    return sized('png', view.getUint32(16), view.getUint32(20));
  }
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let orientation: Orientation | undefined;
  // Segments of a marker and a length, up to that of the frame.
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (isFrameStart(marker)) {
      return sized('mjpeg', view.getUint16(at + 7), view.getUint16(at + 5), orientation);
    }
    // A marker may be filled up in front.
    const end = at + (marker === 0xff ? 1 : 2 + Math.max(2, view.getUint16(at + 2)));
    if (marker === APP1) orientation ??= exifOrientation(bytes.subarray(at + 4, end));
    at = end;
  }
  return undefined;
}

const IHDR = 0x49484452;
const APP1 = 0xe1;

/** SOF0 to SOF15, without the tables among them. */
const isFrameStart = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const sized = (
  codec: PictureCodec,
  width: number,
  height: number,
  orientation = UPRIGHT,
): PictureHeader | undefined =>
  width > 0 && height > 0 ? { codec, width, height, orientation } : undefined;

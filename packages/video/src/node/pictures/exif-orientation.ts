/** @file Which way up a camera was held: the orientation in the Exif data of a JPEG, as OpenCV applies it. */
import type { Orientation } from '../../types.js';
import { UPRIGHT } from '../orientation.js';

/** "Exif" and two zeros, in front of what is laid out as a TIFF file. */
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const LITTLE_ENDIAN = 0x4949;
const ORIENTATION = 0x0112;
/** Bytes of a directory's entry: tag, type, count, value. */
const ENTRY = 12;

const turned = (swap: boolean, flipX: boolean, flipY: boolean): Orientation => ({
  ...{ swap, flipX, flipY },
});

/** By the tag's values 1 to 8: where the first row and the first column are to be shown. */
const ORIENTATIONS: readonly Orientation[] = [
  UPRIGHT,
  turned(false, true, false),
  turned(false, true, true),
  turned(false, false, true),
  turned(true, false, false),
  turned(true, true, false),
  turned(true, true, true),
  turned(true, false, true),
];

/** The orientation that the content of an APP1 segment says; undefined where it says none. */
export function exifOrientation(segment: Uint8Array): Orientation | undefined {
  if (EXIF.some((byte, i) => segment[i] !== byte)) return undefined;
  const tiff = segment.subarray(EXIF.length);
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return undefined;
  const little = view.getUint16(0) === LITTLE_ENDIAN;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * ENTRY;
    if (at + ENTRY > tiff.length) return undefined;
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    return ORIENTATIONS[view.getUint16(at + 8, little) - 1];
  }
  return undefined;
}

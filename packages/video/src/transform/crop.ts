/** @file Where square crops lie in a resized frame, by preset, and cutting clips from frames. */
import { float32Tensor, SpecError, type HostTensor, type SamplingPreset } from '@slowfast/core';
import type { Size } from '../types.js';
import type { PlanarImage } from './resize.js';
import { roundHalfEven } from './rounding.js';

/** Top left corner of a crop in pixels. */
export interface CropOffset {
  /** Columns to the left of it. */
  readonly x: number;
  /** Rows above it. */
  readonly y: number;
}

/** Position of the middle crop along a side with `room` pixels to spare. */
const CENTRE = {
  pytorchvideo: (room: number) => roundHalfEven(room / 2),
  pyslowfast: (room: number) => Math.ceil(room / 2),
  mmaction2: (room: number) => Math.floor(room / 2),
  custom: (room: number) => roundHalfEven(room / 2),
} satisfies Record<SamplingPreset, (room: number) => number>;

/** Positions of three crops along the long side, in the order that the preset gives them. */
const THREE = {
  pytorchvideo: (room: number) => [0, Math.ceil(room / 2), room],
  pyslowfast: (room: number) => [0, Math.ceil(room / 2), room],
  // The far crop is at twice the middle one's offset: a pixel short of the border if room is odd.
  mmaction2: (room: number) => [0, 2 * Math.floor(room / 2), Math.floor(room / 2)],
  custom: (room: number) => [0, Math.ceil(room / 2), room],
} satisfies Record<SamplingPreset, (room: number) => readonly number[]>;

const ACROSS = {
  pytorchvideo: (room: number) => Math.ceil(room / 2),
  pyslowfast: (room: number) => Math.ceil(room / 2),
  mmaction2: (room: number) => Math.floor(room / 2),
  custom: (room: number) => Math.ceil(room / 2),
} satisfies Record<SamplingPreset, (room: number) => number>;

/**
 * Corners of `crops` square crops of side `size`: 1 is the centre; 3 lie along the long side, left,
 * centre, right (mmaction2: left, right, centre), or top to bottom if the frame is upright.
 *
 * @throws SpecError for another number of crops, or a frame smaller than the crop.
 */
export function cropOffsets(
  preset: SamplingPreset,
  frame: Size,
  size: number,
  crops: number,
): readonly CropOffset[] {
  const { width, height } = frame;
  if (crops !== 1 && crops !== 3) {
    throw new SpecError({ site: 'crops', expected: '1 or 3', received: String(crops) });
  }
  if (!Number.isInteger(size) || size < 1 || size > Math.min(width, height)) {
    throw new SpecError({
      site: 'preprocessing.crop',
      expected: `an integer from 1 to the short side of a resized frame of ${width}x${height}`,
      received: String(size),
    });
  }
  const roomX = width - size;
  const roomY = height - size;
  const centre = CENTRE[preset];
  if (crops === 1) return [{ x: centre(roomX), y: centre(roomY) }];
  const across = ACROSS[preset];
  return height > width
    ? THREE[preset](roomY).map((y) => ({ x: across(roomX), y }))
    : THREE[preset](roomX).map((x) => ({ x, y: across(roomY) }));
}

/**
 * Cuts the same square, or rectangle of height and width, out of every frame of a clip: `T` frames
 * `[3, H, W]` → `[1, 3, T, size, size]`.
 */
export function cropClip(
  frames: readonly PlanarImage[],
  { x, y }: CropOffset,
  size: number | readonly [height: number, width: number],
): HostTensor<'float32'> {
  const [rows, columns] = typeof size === 'number' ? [size, size] : size;
  const data = new Float32Array(3 * frames.length * rows * columns);
  let at = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (const { width, height, data: pixels } of frames) {
      let row = (channel * height + y) * width + x;
      for (let j = 0; j < rows; j++, row += width, at += columns) {
        data.set(pixels.subarray(row, row + columns), at);
      }
    }
  }
  return float32Tensor([1, 3, frames.length, rows, columns], data);
}

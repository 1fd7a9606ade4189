/**
 * @file Boxes that follow the frames they belong to: from parts of the frame to pixels, through resizing,
 * cropping and mirroring, by the arithmetic of each code base. Needs no Node API.
 */
import type { SamplingPreset } from '@slowfast/core';
import type { Size } from '../types.js';
import type { CropOffset } from './crop.js';

/** Two corners: x1, y1, x2, y2. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** What happens to a frame after it is resized. */
export interface BoxTransform {
  /** A square of this side at this corner is kept; default the whole frame. */
  readonly crop?: CropOffset & { readonly side: number };
  /** Whether left and right are then exchanged; default false. */
  readonly flip?: boolean;
}

const each = ([x1, y1, x2, y2]: Box, x: (x: number) => number, y: (y: number) => number): Box => [
  x(x1),
  y(y1),
  x(x2),
  y(y2),
];

const within =
  (last: number) =>
  (value: number): number =>
    Math.min(Math.max(value, 0), last);

/** Corners moved into a frame, as PySlowFast does: 0 to W − 1 and H − 1. */
export function boxInside(box: Box, { width, height }: Size): Box {
  return each(box, within(width - 1), within(height - 1));
}

/** A mirrored box, left still before right: x → W − x − 1. */
export function mirroredBox([x1, y1, x2, y2]: Box, width: number): Box {
  return [width - x2 - 1, y1, width - x1 - 1, y2];
}

/**
 * A box in parts of the frame (0..1) in pixels of the resized (cropped, mirrored) frame. mmaction2 scales
 * width and height separately; PySlowFast clips to the frame, scales both by the factor of the long side, and
 * clips again at the end. PyTorchVideo and `custom` follow PySlowFast.
 */
export function boxInFrame(
  preset: SamplingPreset,
  box: Box,
  from: Size,
  resized: Size,
  { crop, flip = false }: BoxTransform = {},
): Box {
  const pixels = each(
    box,
    (x) => x * from.width,
    (y) => y * from.height,
  );
  const scaled =
    preset === 'mmaction2'
      ? each(
          pixels,
          (x) => (x * resized.width) / from.width,
          (y) => (y * resized.height) / from.height,
        )
      : byLongSide(boxInside(pixels, from), from, resized);
  const moved = crop
    ? each(
        scaled,
        (x) => x - crop.x,
        (y) => y - crop.y,
      )
    : scaled;
  const frame = crop ? { width: crop.side, height: crop.side } : resized;
  return boxInside(flip ? mirroredBox(moved, frame.width) : moved, frame);
}

function byLongSide(box: Box, from: Size, resized: Size): Box {
  const factor =
    from.width < from.height ? resized.height / from.height : resized.width / from.width;
  const scale = (value: number): number => value * factor;
  return each(box, scale, scale);
}

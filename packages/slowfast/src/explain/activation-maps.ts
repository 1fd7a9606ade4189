/** @file Class-activation maps on the frames of their video. Needs no Node API. */
import type { HostTensor } from '@slowfast/core';
import type { Box, Size } from '@slowfast/video';

/** What one view says of one tap. */
export interface ActivationMap {
  /** `[T, H, W]`, at least 0. */
  readonly map: HostTensor<'float32'>;
  /** The frame of the video in the middle of what each of its T positions stands for, ascending. */
  readonly frames: readonly number[];
  /** The part of the frame that the view sees. */
  readonly area: Box;
}

/** The largest value of some maps. */
export const peakOf = (maps: readonly ActivationMap[]): number =>
  maps.reduce((most, { map }) => map.data.reduce((a, b) => Math.max(a, b), most), 0);

/**
 * How much each pixel of a frame speaks for the class, `[height, width]` from 0 to 1, the peak of all frames: maps are
 * interpolated in time and space, and averaged where views overlap. NaN where no view looks.
 */
export function heatOf(
  maps: readonly ActivationMap[],
  frame: number,
  { width, height }: Size,
  peak = peakOf(maps),
): Float32Array {
  const heat = new Float32Array(width * height).fill(Number.NaN);
  const counts = new Uint8Array(width * height);
  for (const { map, frames, area } of mapsNear(maps, frame)) {
    const still = stillAt(map, frames, frame);
    const [rows, columns] = map.shape.slice(1) as [number, number];
    const [left, right] = [Math.round(area[0] * width), Math.round(area[2] * width)];
    const [top, bottom] = [Math.round(area[1] * height), Math.round(area[3] * height)];
    for (let y = top; y < bottom; y++) {
      const row = blendAt((y + 0.5 - top) / (bottom - top), rows);
      for (let x = left; x < right; x++) {
        const column = blendAt((x + 0.5 - left) / (right - left), columns);
        const along = (at: number): number =>
          mix(still[at * columns + column.low]!, still[at * columns + column.high]!, column.share);
        const at = y * width + x;
        const sum = counts[at]! === 0 ? 0 : heat[at]!;
        heat[at] = sum + mix(along(row.low), along(row.high), row.share);
        counts[at] = counts[at]! + 1;
      }
    }
  }
  const scale = peak > 0 ? 1 / peak : 0;
  return heat.map((sum, i) => (sum * scale) / counts[i]!);
}

/** The maps whose clips hold a frame, or those that come nearest to it. */
function mapsNear(maps: readonly ActivationMap[], frame: number): readonly ActivationMap[] {
  const distanceOf = ({ frames }: ActivationMap): number =>
    Math.max(0, frames[0]! - frame, frame - frames.at(-1)!);
  const nearest = maps.reduce((least, map) => Math.min(least, distanceOf(map)), Infinity);
  return maps.filter((map) => distanceOf(map) === nearest);
}

/** The map `[H, W]` at a frame, between those of the positions before and after it. */
function stillAt(
  { shape, data }: HostTensor<'float32'>,
  frames: readonly number[],
  frame: number,
): Float32Array {
  const size = shape[1]! * shape[2]!;
  const later = frames.findIndex((one) => one >= frame);
  const high = later < 0 ? frames.length - 1 : later;
  const low = frame < frames[high]! ? Math.max(0, high - 1) : high;
  const room = frames[high]! - frames[low]!;
  const share = room > 0 ? (frame - frames[low]!) / room : 0;
  return Float32Array.from({ length: size }, (_, i) =>
    mix(data[low * size + i]!, data[high * size + i]!, share),
  );
}

/** Between which of `count` cells a place from 0 to 1 lies. */
function blendAt(
  place: number,
  count: number,
): { readonly low: number; readonly high: number; readonly share: number } {
  const at = Math.min(count - 1, Math.max(0, place * count - 0.5));
  const low = Math.floor(at);
  return { low, high: Math.min(count - 1, low + 1), share: at - low };
}

const mix = (a: number, b: number, share: number): number => a + share * (b - a);

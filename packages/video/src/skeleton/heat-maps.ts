/** @file Heat maps of joints or limbs, as PoseC3D has them: a spread of Gauss's around each, as high as its score. */
import { checkArguments, SKELETON_PARTS, type HostTensor, type SkeletonMaps } from '@slowfast/core';
import { LIMBS, MIRROR, type Skeleton } from './body.js';

/** Joints of a lower score are not drawn. */
const LEAST_SCORE = 1e-4;
/** How far a spread is drawn, in standard deviations. */
const REACH = 3;

/**
 * A clip of heat maps: the skeletons of each of T frames, in pixels of a square of `size`, as `[1, 17, T, size, size]`. Where
 * people overlap, the higher value counts. Nobody in a frame is an empty map.
 */
export function heatMaps(
  frames: readonly (readonly Skeleton[])[],
  size: number,
  maps: Pick<SkeletonMaps, 'parts' | 'sigma'>,
): HostTensor<'float32'> {
  checkArguments('heatMaps', { frames: [frames, 'array'], maps: [maps, 'object'] });

  const { parts, sigma } = maps;
  const T = frames.length;
  const plane = size * size;
  const data = new Float32Array(SKELETON_PARTS * T * plane);
  frames.forEach((people, t) => {
    for (const person of people) {
      for (let part = 0; part < SKELETON_PARTS; part++) {
        const start = (part * T + t) * plane;
        const map = { values: data.subarray(start, start + plane), size, sigma };
        if (parts === 'joints') drawJoint(map, jointOf(person, part));
        else drawLimb(map, jointOf(person, LIMBS[part]![0]), jointOf(person, LIMBS[part]![1]));
      }
    }
  });
  return { dtype: 'float32', shape: [1, SKELETON_PARTS, T, size, size], data };
}

/** The same clip in a mirror: left and right exchanged, in place and in channel. */
export function mirrored(
  { shape, data }: HostTensor<'float32'>,
  parts: SkeletonMaps['parts'],
): HostTensor<'float32'> {
  const [, channels, T, height, width] = shape as [number, number, number, number, number];
  const volume = T * height * width;
  const image = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const source = MIRROR[parts][channel]! * volume;
    for (let row = 0; row < volume; row += width) {
      for (let x = 0; x < width; x++) {
        image[channel * volume + row + x] = data[source + row + width - 1 - x]!;
      }
    }
  }
  return { dtype: 'float32', shape, data: image };
}

interface HeatMap {
  readonly values: Float32Array;
  readonly size: number;
  readonly sigma: number;
}

interface Joint {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

const jointOf = (person: Skeleton, joint: number): Joint => ({
  x: person[3 * joint]!,
  y: person[3 * joint + 1]!,
  score: person[3 * joint + 2]!,
});

function drawJoint(map: HeatMap, { x, y, score }: Joint): void {
  if (score < LEAST_SCORE) return;
  draw(map, [x, x], [y, y], score, (column, row) => (column - x) ** 2 + (row - y) ** 2);
}

/** Between two joints, as high as the lower score of the two. */
function drawLimb(map: HeatMap, from: Joint, to: Joint): void {
  const score = Math.min(from.score, to.score);
  if (score < LEAST_SCORE) return;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx ** 2 + dy ** 2;
  if (length < 1) {
    drawJoint(map, from);
    return;
  }
  draw(map, [from.x, to.x], [from.y, to.y], score, (column, row) => {
    const along = ((column - from.x) * dx + (row - from.y) * dy) / length;
    const part = Math.min(Math.max(along, 0), 1);
    return (column - from.x - part * dx) ** 2 + (row - from.y - part * dy) ** 2;
  });
}

/** Raises a map to a spread around what `distance` (squared) is measured from. */
function draw(
  { values, size, sigma }: HeatMap,
  xs: readonly [number, number],
  ys: readonly [number, number],
  score: number,
  distance: (column: number, row: number) => number,
): void {
  const reach = REACH * sigma;
  const rangeOf = (ends: readonly [number, number]): readonly [number, number] => [
    Math.max(Math.trunc(Math.min(...ends) - reach), 0),
    Math.min(Math.trunc(Math.max(...ends) + reach) + 1, size),
  ];
  const [left, right] = rangeOf(xs);
  const [top, bottom] = rangeOf(ys);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const value = score * Math.exp(-distance(column, row) / 2 / sigma ** 2);
      const at = row * size + column;
      if (value > values[at]!) values[at] = value;
    }
  }
}

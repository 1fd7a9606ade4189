/** @file One plane of numbers, and what a pyramid of planes needs. */

/** Numbers of a picture, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A Gaussian blur of `size` (odd) positions, mirrored about the border positions. */
export function blurred(plane: Plane, size: number, sigma: number): Plane {
  const kernel = gaussian(size, sigma);
  return filtered(filtered(plane, kernel, 'x'), kernel, 'y');
}

/** Bilinear interpolation between centres of pixels; the border's pixels are repeated. */
export function resized(plane: Plane, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const data = new Float32Array(width * height);
  const columns = places(plane.width, width);
  const rows = places(plane.height, height);
  rows.forEach(([top, bottom, down], y) => {
    const [upper, lower] = [top * plane.width, bottom * plane.width];
    columns.forEach(([left, right, along], x) => {
      const above = plane.data[upper + left]! * (1 - along) + plane.data[upper + right]! * along;
      const below = plane.data[lower + left]! * (1 - along) + plane.data[lower + right]! * along;
      data[y * width + x] = above * (1 - down) + below * down;
    });
  });
  return { width, height, data };
}

type Place = readonly [before: number, after: number, weightOfAfter: number];

function places(from: number, to: number): readonly Place[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const before = Math.floor(centre);
    return [before, Math.min(from - 1, before + 1), centre - before];
  });
}

function gaussian(size: number, sigma: number): readonly number[] {
  // What a blur of three positions without a deviation is.
  if (sigma <= 0) return [0.25, 0.5, 0.25];
  const middle = (size - 1) / 2;
  const weights = Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - middle) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function filtered(plane: Plane, kernel: readonly number[], axis: 'x' | 'y'): Plane {
  const { width, height } = plane;
  const [length, step] = axis === 'x' ? [width, 1] : [height, width];
  const [lines, lineStep] = axis === 'x' ? [height, width] : [width, 1];
  const middle = (kernel.length - 1) / 2;
  const data = new Float32Array(plane.data.length);
  // Where the numbers of a line are read, the mirrored ones at its ends included.
  const offsets = Int32Array.from(
    { length: length + 2 * middle },
    (_, i) => mirrored(i - middle, length) * step,
  );
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) {
        sum += kernel[k]! * plane.data[start + offsets[i + k]!]!;
      }
      data[start + i * step] = sum;
    }
  }
  return { width, height, data };
}

function mirrored(position: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((position % period) + period) % period;
  return inside < length ? inside : period - inside;
}

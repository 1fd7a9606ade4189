/**
 * @file Farnebäck's polynomial expansion: near each pixel the picture is `xᵀAx + bᵀx + c`, fitted under a Gaussian
 * (Farnebäck, Two-Frame Motion Estimation Based on Polynomial Expansion, SCIA 2003).
 */
import type { Plane } from './plane.js';

/** Coefficients of the fits of a picture, five numbers a pixel: b_y, b_x, A_yy, A_xx, 2·A_xy. */
export interface Expansion {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Numbers of an {@link Expansion} a pixel. */
export const COEFFICIENTS = 5;

/** The expansion of a picture under a Gaussian of `radius` pixels on each side; the border's pixels are repeated. */
export function polynomialExpansion(plane: Plane, radius: number, sigma: number): Expansion {
  const { width, height } = plane;
  const { weights, linear, even, square, mixed } = fit(radius, sigma);
  const data = new Float32Array(width * height * COEFFICIENTS);
  // Moments 0, 1 and 2 along y, of one row, with the border repeated on both sides.
  const moments = new Float64Array((width + 2 * radius) * 3);
  const row = (y: number): number => Math.min(height - 1, Math.max(0, y)) * width;
  for (let y = 0; y < height; y++) {
    moments.fill(0);
    for (let k = -radius; k <= radius; k++) {
      const [start, weight] = [row(y + k), weights[Math.abs(k)]!];
      for (let x = 0; x < width; x++) {
        const value = weight * plane.data[start + x]!;
        const at = (x + radius) * 3;
        moments[at]! += value;
        moments[at + 1]! += k * value;
        moments[at + 2]! += k * k * value;
      }
    }
    for (let k = 0; k < radius; k++) {
      moments.copyWithin(3 * k, 3 * radius, 3 * radius + 3);
      moments.copyWithin(3 * (width + radius + k), 3 * (width + radius - 1), 3 * (width + radius));
    }
    for (let x = 0; x < width; x++) {
      const middle = (x + radius) * 3;
      let one = moments[middle]! * weights[0]!;
      let alongY = moments[middle + 1]! * weights[0]!;
      let squareY = moments[middle + 2]! * weights[0]!;
      let [alongX, squareX, product] = [0, 0, 0];
      for (let k = 1; k <= radius; k++) {
        const [left, right, weight] = [middle - 3 * k, middle + 3 * k, weights[k]!];
        const sum = moments[right]! + moments[left]!;
        one += weight * sum;
        squareX += weight * k * k * sum;
        alongX += weight * k * (moments[right]! - moments[left]!);
        alongY += weight * (moments[right + 1]! + moments[left + 1]!);
        product += weight * k * (moments[right + 1]! - moments[left + 1]!);
        squareY += weight * (moments[right + 2]! + moments[left + 2]!);
      }
      const at = (y * width + x) * COEFFICIENTS;
      data[at] = alongY * linear;
      data[at + 1] = alongX * linear;
      data[at + 2] = one * even + squareY * square;
      data[at + 3] = one * even + squareX * square;
      data[at + 4] = product * mixed;
    }
  }
  return { width, height, data };
}

interface Fit {
  /** Of positions 0 … radius; symmetric. */
  readonly weights: readonly number[];
  /** Elements of the inverse of the Gram matrix of 1, x, y, x², y², xy: (x, x), (1, x²), (x², x²), (xy, xy). */
  readonly linear: number;
  readonly even: number;
  readonly square: number;
  readonly mixed: number;
}

function fit(radius: number, sigma: number): Fit {
  const raw = Array.from({ length: radius + 1 }, (_, k) => Math.exp((-k * k) / (2 * sigma ** 2)));
  const total = raw.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
  const weights = raw.map((weight) => weight / total);
  const moment = (power: number): number =>
    2 * weights.reduce((sum, weight, k) => sum + (k === 0 ? 0 : weight * k ** power), 0);
  const [second, fourth] = [moment(2), moment(4)];
  // 1, x² and y² are not orthogonal: their block of the Gram matrix is [[1, s, s], [s, f, s²], [s, s², f]].
  const spread = fourth - second ** 2;
  return {
    weights,
    linear: 1 / second,
    even: -second / spread,
    square: 1 / spread,
    mixed: 1 / second ** 2,
  };
}

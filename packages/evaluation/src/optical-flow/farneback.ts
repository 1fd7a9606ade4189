/**
 * @file Dense optical flow by polynomial expansion (Farnebäck, SCIA 2003), coarse to fine, with the steps and constants
 * of OpenCV's `calcOpticalFlowFarneback` over a box window.
 */
import { blurred, resized, type Plane } from './plane.js';
import { COEFFICIENTS, polynomialExpansion, type Expansion } from './polynomial-expansion.js';

/** Displacements in pixels of each pixel of the first picture. */
export interface Flow {
  readonly x: Plane;
  readonly y: Plane;
}

/** Each level of the pyramid has half the size of the one below; none is under this many pixels. */
const SMALLEST = 32;
const LEVELS = 3;
/** Side of the window that motion is the same in. */
const WINDOW = 15;
const ITERATIONS = 3;
const EXPANSION = { radius: 5, sigma: 1.1 } as const;
/** How far the fits near the border are believed, from the outermost pixel on. */
const BORDER = [0.14, 0.14, 0.4472, 0.4472, 0.4472] as const;
/** Keeps the equations of a flat window solvable. */
const REGULARISER = 1e-3;

/** The expansions of a picture at each level of the pyramid, the smallest first: what flow is computed from. */
export type ExpansionPyramid = readonly Expansion[];

/** The pyramid of a grey picture (0 … 255). */
export function expansionPyramid(picture: Plane): ExpansionPyramid {
  const levels = levelsOf(picture);
  return Array.from({ length: levels + 1 }, (_, i) => {
    const factor = 2 ** (i - levels);
    const sigma = (1 / factor - 1) / 2;
    const blurSize = Math.max(3, Math.round(sigma * 5) | 1);
    const [width, height] = [picture.width, picture.height].map((side) =>
      Math.round(side * factor),
    );
    const smaller = resized(blurred(picture, blurSize, sigma), width!, height!);
    return polynomialExpansion(smaller, EXPANSION.radius, EXPANSION.sigma);
  });
}

/** Flow from one picture to the next of the same size. */
export function farnebackFlow(first: ExpansionPyramid, second: ExpansionPyramid): Flow {
  let flow: Flow | undefined;
  first.forEach((from, level) => {
    const { width, height } = from;
    flow = flow ? grown(flow, width, height) : { x: zeros(width, height), y: zeros(width, height) };
    for (let i = 0; i < ITERATIONS; i++) {
      flow = solved(boxMeans(equations(from, second[level]!, flow)));
    }
  });
  return flow!;
}

function levelsOf({ width, height }: Plane): number {
  let levels = 0;
  while (levels < LEVELS && Math.min(width, height) / 2 ** (levels + 1) >= SMALLEST) levels++;
  return levels;
}

const zeros = (width: number, height: number): Plane => ({
  width,
  height,
  data: new Float32Array(width * height),
});

/** The flow of a coarser level at the next size. */
function grown(flow: Flow, width: number, height: number): Flow {
  const double = (plane: Plane): Plane => {
    const larger = resized(plane, width, height);
    return { ...larger, data: larger.data.map((value) => 2 * value) };
  };
  return { x: double(flow.x), y: double(flow.y) };
}

/** What of each pixel enters the least squares of a window: the symmetric matrix G = AᵀA (3) and h = Aᵀb (2). */
interface Equations {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float32Array[];
}

type Five = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

function equations(from: Expansion, to: Expansion, flow: Flow): Equations {
  const { width, height } = from;
  const planes = Array.from({ length: 5 }, () => new Float32Array(width * height));
  const [g11, g12, g22, h1, h2] = planes as Five;
  const there = new Float32Array(COEFFICIENTS);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const at = i * COEFFICIENTS;
      const [dx, dy] = [flow.x.data[i]!, flow.y.data[i]!];
      let by = from.data[at]! / 2;
      let bx = from.data[at + 1]! / 2;
      let ayy = from.data[at + 2]!;
      let axx = from.data[at + 3]!;
      // Half of 2·A_xy is A_xy.
      let axy = from.data[at + 4]! / 2;
      if (sampled(to, x + dx, y + dy, there)) {
        by -= there[0]! / 2;
        bx -= there[1]! / 2;
        ayy = (ayy + there[2]!) / 2;
        axx = (axx + there[3]!) / 2;
        axy = (axy + there[4]! / 2) / 2;
      }
      by += ayy * dy + axy * dx;
      bx += axy * dy + axx * dx;
      const trust = (belief(x, width) * belief(y, height)) ** 2;
      g11[i] = trust * (ayy * ayy + axy * axy);
      g12[i] = trust * (ayy + axx) * axy;
      g22[i] = trust * (axx * axx + axy * axy);
      h1[i] = trust * (ayy * by + axy * bx);
      h2[i] = trust * (axy * by + axx * bx);
    }
  }
  return { width, height, planes };
}

/** The coefficients at a place between pixels; false outside of the picture. */
function sampled(expansion: Expansion, x: number, y: number, into: Float32Array): boolean {
  const { width, height, data } = expansion;
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (!(left >= 0 && left < width - 1 && top >= 0 && top < height - 1)) return false;
  const [along, down] = [x - left, y - top];
  const at = (top * width + left) * COEFFICIENTS;
  const below = at + width * COEFFICIENTS;
  for (let k = 0; k < COEFFICIENTS; k++) {
    const upper = data[at + k]! * (1 - along) + data[at + COEFFICIENTS + k]! * along;
    const lower = data[below + k]! * (1 - along) + data[below + COEFFICIENTS + k]! * along;
    into[k] = upper * (1 - down) + lower * down;
  }
  return true;
}

const belief = (position: number, length: number): number =>
  (BORDER[position] ?? 1) * (BORDER[length - 1 - position] ?? 1);

/** Means over the window around each pixel; the border's values are repeated. */
function boxMeans({ width, height, planes }: Equations): Equations {
  const mean = (plane: Float32Array): Float32Array => {
    const rows = boxSums(plane, { lines: height, lineStep: width, length: width, step: 1 });
    const sums = boxSums(rows, { lines: width, lineStep: 1, length: height, step: width });
    return new Float32Array(sums.map((sum) => sum / WINDOW ** 2));
  };
  return { width, height, planes: planes.map(mean) };
}

interface Lines {
  readonly lines: number;
  readonly lineStep: number;
  /** Numbers of a line, and the distance between them. */
  readonly length: number;
  readonly step: number;
}

/** Running sums of {@link WINDOW} numbers along lines. */
function boxSums(data: ArrayLike<number>, { lines, lineStep, length, step }: Lines): Float64Array {
  const sums = new Float64Array(data.length);
  const reach = (WINDOW - 1) / 2;
  for (let line = 0; line < lines; line++) {
    const value = (i: number): number =>
      data[line * lineStep + Math.min(length - 1, Math.max(0, i)) * step]!;
    let sum = 0;
    for (let i = -reach; i < reach; i++) sum += value(i);
    for (let i = 0; i < length; i++) {
      sum += value(i + reach);
      sums[line * lineStep + i * step] = sum;
      sum -= value(i - reach);
    }
  }
  return sums;
}

/** The displacement that solves each pixel's two equations. */
function solved({ width, height, planes }: Equations): Flow {
  const [g11, g12, g22, h1, h2] = planes as readonly Float32Array[] as Five;
  const flow: Flow = { x: zeros(width, height), y: zeros(width, height) };
  for (let i = 0; i < width * height; i++) {
    const determinant = g11[i]! * g22[i]! - g12[i]! ** 2 + REGULARISER;
    flow.x.data[i] = (g11[i]! * h2[i]! - g12[i]! * h1[i]!) / determinant;
    flow.y.data[i] = (g22[i]! * h1[i]! - g12[i]! * h2[i]!) / determinant;
  }
  return flow;
}

/**
 * @file Y′CbCr planes, as decoders of browsers give them, to RGB24: by the matrix of BT.601 whatever the stream says, by
 * its range, and with the chroma of a pixel that of its block. So does FFmpeg's converter, by whose pixels models were
 * trained. Needs no Node API.
 */
import type { Size } from '../types.js';

/** One plane of samples: `stride` samples a row, `step` from sample to sample. */
export interface Plane {
  readonly samples: Uint8Array | Uint16Array;
  readonly stride: number;
  /** 2 where the other chroma sample lies between (NV12); default 1. */
  readonly step?: number;
}

/** A picture of three planes. */
export interface YuvImage extends Size {
  readonly y: Plane;
  /** Blue-difference chroma. */
  readonly u: Plane;
  /** Red-difference chroma. */
  readonly v: Plane;
  /** Columns and rows of pixels that a chroma sample stands for, as powers of two: `[1, 1]` is 4:2:0. */
  readonly chromaShift: readonly [horizontal: number, vertical: number];
  /** Bits of a sample. */
  readonly depth: 8 | 10 | 12;
  /** Whether samples use all of their bits, not 16 … 235. */
  readonly fullRange: boolean;
}

/** What each sample adds to each channel. */
interface Tables {
  readonly luma: Float32Array;
  readonly redOfV: Float32Array;
  readonly greenOfV: Float32Array;
  readonly greenOfU: Float32Array;
  readonly blueOfU: Float32Array;
}

/** Weights of red and blue in luma. */
const [RED, BLUE] = [0.299, 0.114];
const GREEN = 1 - RED - BLUE;

const tables = new Map<string, Tables>();

/**
 * FFmpeg's converter of 4:2:0 and 4:2:2 multiplies 16-bit numbers and keeps the upper half, so that each product is
 * rounded down: up to three levels below the exact sum.
 */
const product = (level: number, gain: number): number =>
  Math.floor((8 * level * Math.round(8192 * gain)) / 65536);
const exactly = (level: number, gain: number): number => level * gain;

function tablesOf(depth: number, fullRange: boolean, times: typeof product): Tables {
  const key = `${depth}:${fullRange}:${times === product}`;
  const ready = tables.get(key);
  if (ready) return ready;
  const scale = 2 ** (depth - 8);
  const table = (offset: number, gain: number): Float32Array =>
    Float32Array.from({ length: 256 * scale }, (_, sample) => times(sample / scale - offset, gain));
  const chroma = (weight: number): Float32Array =>
    table(128, 2 * weight * (fullRange ? 1 : 255 / 224));
  const result: Tables = {
    luma: fullRange ? table(0, 1) : table(16, 255 / 219),
    redOfV: chroma(1 - RED),
    greenOfV: chroma((-RED * (1 - RED)) / GREEN),
    greenOfU: chroma((-BLUE * (1 - BLUE)) / GREEN),
    blueOfU: chroma(1 - BLUE),
  };
  tables.set(key, result);
  return result;
}

/** Rows between chroma samples are mixtures of two of them. */
function fullRows(plane: Plane, columns: number, rows: number, height: number): Plane {
  const { samples, stride, step = 1 } = plane;
  const mixed = new Uint16Array(columns * height);
  for (let row = 0; row < height; row++) {
    const at = Math.min(Math.max(((row + 0.5) * rows) / height - 0.5, 0), rows - 1);
    const above = Math.floor(at);
    const below = Math.min(above + 1, rows - 1);
    const share = at - above;
    for (let x = 0; x < columns; x++) {
      const from = samples[above * stride + x * step]!;
      mixed[row * columns + x] = Math.round(
        from + share * (samples[below * stride + x * step]! - from),
      );
    }
  }
  return { samples: mixed, stride: columns };
}

/** RGB24 of a picture, `height * width * 3` bytes. */
export function rgbOfYuv(image: YuvImage): Uint8Array {
  const { width, height, depth, fullRange, chromaShift } = image;
  const [across, down] = chromaShift;
  // FFmpeg has a fast converter for most pictures, which repeats chroma; the others have their rows interpolated.
  const isFast = across === 1 && depth === 8 && height % 2 === 0;
  let { u, v } = image;
  let shift = down;
  if (!isFast && down > 0) {
    const columns = (width + (1 << across) - 1) >> across;
    const rows = (height + 1) >> 1;
    u = fullRows(u, columns, rows, height);
    v = fullRows(v, columns, rows, height);
    shift = 0;
  }
  const times = across === 1 ? product : exactly;
  return convert(
    { ...image, u, v, chromaShift: [across, shift] },
    tablesOf(depth, fullRange, times),
  );
}

function convert({ width, height, y, u, v, chromaShift }: YuvImage, tables: Tables): Uint8Array {
  const [across, down] = chromaShift;
  const { luma, redOfV, greenOfV, greenOfU, blueOfU } = tables;
  const rgb = new Uint8ClampedArray(width * height * 3);
  const [stepU, stepV] = [u.step ?? 1, v.step ?? 1];
  for (let row = 0, to = 0; row < height; row++) {
    const rowY = row * y.stride;
    const rowU = (row >> down) * u.stride;
    const rowV = (row >> down) * v.stride;
    for (let x = 0; x < width; x++, to += 3) {
      const level = luma[y.samples[rowY + x]!]!;
      const sampleU = u.samples[rowU + (x >> across) * stepU]!;
      const sampleV = v.samples[rowV + (x >> across) * stepV]!;
      rgb[to] = level + redOfV[sampleV]!;
      rgb[to + 1] = level + greenOfU[sampleU]! + greenOfV[sampleV]!;
      rgb[to + 2] = level + blueOfU[sampleU]!;
    }
  }
  return new Uint8Array(rgb.buffer);
}

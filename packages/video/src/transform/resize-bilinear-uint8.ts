/**
 * @file Bilinear interpolation of bytes in 11-bit fixed point, the arithmetic of OpenCV's
 * `resize(INTER_LINEAR)`, with which mmaction2 resizes. Results are bytes.
 */
import type { PlanarImage, RgbImage } from './resize.js';
import { rowPairs } from './row-pairs.js';
import { roundHalfEven } from './rounding.js';

const ONE = 2048;

/** For each output position: the two input positions (times `step`) and both weights in 1/2048. */
function taps(from: number, to: number, step: number) {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const source = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(source);
    const inside = floor >= 0 && floor < from - 1;
    const index = Math.min(Math.max(floor, 0), from - 1);
    const part = inside ? Math.fround(source - floor) : 0;
    low[i] = index * step;
    high[i] = Math.min(index + 1, from - 1) * step;
    first[i] = roundHalfEven(Math.fround(1 - part) * ONE);
    second[i] = roundHalfEven(part * ONE);
  }
  return { low, high, first, second };
}

/** Fills `to` with the interpolation of `from`, in whole levels 0..255. */
export function bilinearUint8Into(from: RgbImage, to: PlanarImage): void {
  const { width, height } = to;
  const x = taps(from.width, width, 3);
  const y = taps(from.height, height, 1);
  const stretch = (row: number, values: Int32Array): void => {
    const base = row * from.width * 3;
    for (let i = 0; i < width; i++) {
      const a = base + x.low[i]!;
      const b = base + x.high[i]!;
      for (let channel = 0; channel < 3; channel++) {
        values[channel * width + i] =
          from.data[a + channel]! * x.first[i]! + from.data[b + channel]! * x.second[i]!;
      }
    }
  };
  const rows = rowPairs(y, () => new Int32Array(3 * width), stretch);
  for (let j = 0; j < height; j++) {
    const [upper, lower] = rows(j);
    const a = y.first[j]!;
    const b = y.second[j]!;
    for (let channel = 0; channel < 3; channel++) {
      const base = (channel * height + j) * width;
      for (let i = 0, k = channel * width; i < width; i++, k++) {
        const sum = ((a * (upper[k]! >> 4)) >> 16) + ((b * (lower[k]! >> 4)) >> 16);
        to.data[base + i] = (sum + 2) >> 2;
      }
    }
  }
}

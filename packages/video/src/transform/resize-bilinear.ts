/** @file Bilinear interpolation in floats, as torch's `interpolate(align_corners=False)`. */
import type { PlanarImage, RgbImage } from './resize.js';
import { rowPairs } from './row-pairs.js';

/** For each output position: the two input positions (times `step`) and the weight of the second. */
function taps(from: number, to: number, step: number) {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float32Array(to);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const source = Math.max((i + 0.5) * scale - 0.5, 0);
    const index = Math.min(Math.floor(source), from - 1);
    low[i] = index * step;
    high[i] = Math.min(index + 1, from - 1) * step;
    weight[i] = source - index;
  }
  return { low, high, weight };
}

/** Fills `to` with the bilinear interpolation of `from`. Each input row is interpolated at most once. */
export function bilinearInto(from: RgbImage, to: PlanarImage): void {
  const { width, height } = to;
  const x = taps(from.width, width, 3);
  const y = taps(from.height, height, 1);
  const stretch = (row: number, values: Float32Array): void => {
    const base = row * from.width * 3;
    for (let i = 0; i < width; i++) {
      const a = base + x.low[i]!;
      const b = base + x.high[i]!;
      const w = x.weight[i]!;
      for (let channel = 0; channel < 3; channel++) {
        const first = from.data[a + channel]!;
        values[channel * width + i] = first + w * (from.data[b + channel]! - first);
      }
    }
  };
  const rows = rowPairs(y, () => new Float32Array(3 * width), stretch);
  for (let j = 0; j < height; j++) {
    const [upper, lower] = rows(j);
    const w = y.weight[j]!;
    for (let channel = 0; channel < 3; channel++) {
      const base = (channel * height + j) * width;
      for (let i = 0, k = channel * width; i < width; i++, k++) {
        const first = upper[k]!;
        to.data[base + i] = first + w * (lower[k]! - first);
      }
    }
  }
}

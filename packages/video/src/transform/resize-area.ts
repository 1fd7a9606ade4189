/**
 * @file Area resampling: an output pixel is the mean of the input under its footprint, partly covered
 * pixels by their share, rounded to a byte. PySlowFast has its decoder do this. When enlarging, the
 * footprint is less than a pixel, so that most output pixels copy one input pixel.
 */
import type { PlanarImage, RgbImage } from './resize.js';
import { roundHalfUp } from './rounding.js';

/** For each output position the range of inputs under it; weights follow one another in `weight`. */
function footprints(from: number, to: number) {
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weight: number[] = [];
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const begin = i * scale;
    const end = Math.min((i + 1) * scale, from);
    first[i] = Math.floor(begin);
    // Slack, or a rounding error in `end` would add a pixel of weight zero.
    count[i] = Math.max(Math.ceil(end - 1e-9) - first[i]!, 1);
    for (let k = first[i]!; k < first[i]! + count[i]!; k++) {
      weight.push((Math.min(k + 1, end) - Math.max(k, begin)) / (end - begin));
    }
  }
  return { first, count, weight: Float64Array.from(weight) };
}

/** Fills `to` with the area means of `from`, in whole levels 0..255. */
export function areaInto(from: RgbImage, to: PlanarImage): void {
  const { width, height } = to;
  const x = footprints(from.width, width);
  const y = footprints(from.height, height);
  const sums = new Float64Array(3 * width);
  for (let j = 0, yTap = 0; j < height; j++) {
    sums.fill(0);
    for (let row = 0; row < y.count[j]!; row++, yTap++) {
      const base = (y.first[j]! + row) * from.width * 3;
      const rowWeight = y.weight[yTap]!;
      for (let i = 0, xTap = 0; i < width; i++) {
        let pixel = base + x.first[i]! * 3;
        for (let n = x.count[i]!; n > 0; n--, xTap++, pixel += 3) {
          const w = rowWeight * x.weight[xTap]!;
          sums[i]! += w * from.data[pixel]!;
          sums[width + i]! += w * from.data[pixel + 1]!;
          sums[2 * width + i]! += w * from.data[pixel + 2]!;
        }
      }
    }
    for (let channel = 0; channel < 3; channel++) {
      const base = (channel * height + j) * width;
      for (let i = 0; i < width; i++) to.data[base + i] = roundHalfUp(sums[channel * width + i]!);
    }
  }
}

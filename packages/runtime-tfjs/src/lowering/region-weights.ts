/**
 * @file RoIAlign as a matrix: the mean of bilinear samples in a bin is linear in the features, and the
 * weight of an element is that of its row times that of its column. Computed on the host, as how many
 * samples a bin has depends on the box.
 */
import { ShapeError, type OpAttrs } from '@slowfast/core';

type Attrs = OpAttrs['roi_align'];

/** What one box weighs. */
export interface RegionWeights {
  /** The clip it is in. */
  readonly batch: number;
  /** `[h·w, H·W]`: for each bin, the weight of each element of the features. */
  readonly weights: Float32Array;
}

/** The weights of one box `[batch index, x1, y1, x2, y2]` over features of `clips` clips of `H × W` elements. */
export function regionWeights(
  site: string,
  box: ArrayLike<number>,
  attrs: Attrs,
  [clips, height, width]: readonly [number, number, number],
): RegionWeights {
  const [batch, x1, y1, x2, y2] = Array.from(box) as [number, number, number, number, number];
  if (!Number.isInteger(batch) || batch < 0 || batch >= clips) {
    throw new ShapeError({
      site,
      expected: `boxes of the clips 0..${clips - 1}`,
      received: `a box of clip ${batch}`,
    });
  }
  const [h, w] = attrs.size;
  const rows = axisWeights(y1, y2, h, height, attrs);
  const columns = axisWeights(x1, x2, w, width, attrs);
  const weights = new Float32Array(h * w * height * width);
  let at = 0;
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      for (let y = 0; y < height; y++) {
        const row = rows[i * height + y]!;
        for (let x = 0; x < width; x++) weights[at++] = row * columns[j * width + x]!;
      }
    }
  }
  return { batch, weights };
}

/** `[bins, size]`: the mean of the samples of each bin along one axis; zero where a bin has none. */
function axisWeights(
  low: number,
  high: number,
  bins: number,
  size: number,
  attrs: Attrs,
): Float64Array {
  const [start, extent] = extentOf(low, high, attrs);
  const step = Math.fround(extent / bins);
  const samples = attrs.samplingRatio > 0 ? attrs.samplingRatio : Math.ceil(step);
  const weights = new Float64Array(bins * size);
  for (let bin = 0; bin < bins; bin++) {
    for (let i = 0; i < samples; i++) {
      const position = start + bin * step + ((i + 0.5) * step) / samples;
      addSample(weights, bin * size, size, position, 1 / samples);
    }
  }
  return weights;
}

/** In float32, like the other runtimes: the extent rounded up is the number of samples. */
function extentOf(
  low: number,
  high: number,
  { spatialScale, aligned }: Attrs,
): readonly [start: number, extent: number] {
  const scaled = (x: number): number => {
    const inFeatures = Math.fround(Math.fround(x) * Math.fround(spatialScale));
    return aligned ? Math.fround(inFeatures - 0.5) : inFeatures;
  };
  const start = scaled(low);
  const extent = Math.max(0, Math.fround(scaled(high) - start));
  return [start, aligned ? extent : Math.max(1, extent)];
}

/** Between two elements; the outermost hold for one element more, beyond that a sample is zero. */
function addSample(
  weights: Float64Array,
  offset: number,
  size: number,
  position: number,
  share: number,
): void {
  if (!(position >= -1 && position <= size)) return;
  const inside = Math.min(Math.max(position, 0), size - 1);
  const low = Math.floor(inside);
  const fraction = inside - low;
  weights[offset + low]! += share * (1 - fraction);
  if (fraction > 0) weights[offset + low + 1]! += share * fraction;
}

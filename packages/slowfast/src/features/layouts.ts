/** @file The files that networks for temporal localisation and retrieval read features from. */
import { float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import type { VideoFeatures, Windows } from './extract.js';

/** A form of files, with the windows that those who read it count on. */
export interface FeatureLayout extends Windows {
  /** What the one array in an .npz file is called, `[windows, C]` in float32. */
  readonly array: string;
  /** The HDF5 file of all videos, a data set each under the video's name, in place of an .npz file each. */
  readonly archive?: string;
}

/**
 * By the name of who reads them. ActionFormer: `feats`, as in its data set of EPIC-Kitchens (32 frames, 16 apart, at 30 a
 * second). Moment-DETR: `features`, as for QVHighlights (two seconds each). VSGN: `rgb.h5`, as for ActivityNet (any rate;
 * five windows a second here, as its cuts of long videos count).
 */
export const FEATURE_LAYOUTS = {
  actionformer: { window: 32, stride: 16, fps: 30, array: 'feats' },
  'moment-detr': { window: 60, stride: 60, fps: 30, array: 'features' },
  vsgn: { window: 32, stride: 6, fps: 30, array: 'rgb', archive: 'rgb.h5' },
} as const satisfies Readonly<Record<string, FeatureLayout>>;

/** Who reads features. */
export type FeatureReader = keyof typeof FEATURE_LAYOUTS;

/**
 * The features of all places side by side, in their order, under the one name that a layout has. Throws
 * {@link SpecError} for maps, which are not pooled.
 */
export function laidOut(
  { arrays, windows }: Pick<VideoFeatures, 'arrays' | 'windows'>,
  { array }: FeatureLayout,
): Readonly<Record<string, HostTensor<'float32'>>> {
  const places = Object.entries(arrays);
  const widths = places.map(([name, { shape }]) => {
    if (shape.length === 2) return shape[1]!;
    throw new SpecError({
      site: name,
      expected: 'features that are pooled, a row a window',
      received: `[${shape.join(', ')}]`,
    });
  });
  const width = widths.reduce((sum, each) => sum + each, 0);
  const data = new Float32Array(windows * width);
  let offset = 0;
  places.forEach(([, { data: own }], place) => {
    const size = widths[place]!;
    for (let row = 0; row < windows; row++) {
      data.set(own.subarray(row * size, (row + 1) * size), row * width + offset);
    }
    offset += size;
  });
  return { [array]: float32Tensor([windows, width], data) };
}

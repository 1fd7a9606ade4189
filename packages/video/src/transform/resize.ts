/**
 * @file Resizing RGB24 frames to planar floats, by the arithmetic of each reference. It is done here
 * and never in the decoder's scaler, so that Node, WebAssembly and browsers agree with each other and
 * with PyTorch. Needs no Node API.
 */
import { SpecError, type SamplingPreset } from '@slowfast/core';
import type { Size } from '../types.js';
import { areaInto } from './resize-area.js';
import { bilinearInto } from './resize-bilinear.js';
import { bilinearUint8Into } from './resize-bilinear-uint8.js';
import { roundHalfUp } from './rounding.js';

/** Pixels as decoders give them: R, G, B bytes, `height * width * 3`. */
export interface RgbImage extends Size {
  /** The bytes. */
  readonly data: Uint8Array;
}

/** Pixels as networks want them: `[3, height, width]`, 0..255 or normalised. */
export interface PlanarImage extends Size {
  /** The planes, one after the other. */
  readonly data: Float32Array;
}

/**
 * How pixels are interpolated. `bilinear`: in floats, without antialiasing, as torch's
 * `interpolate(mode='bilinear', align_corners=False)`; `bilinear-uint8`: in 11-bit fixed point, rounded
 * to bytes, as OpenCV's INTER_LINEAR; `area`: mean over the pixel's footprint, rounded to bytes.
 */
export type ResizeMethod = 'bilinear' | 'bilinear-uint8' | 'area';

/** A resampler: RGB24 in, planar 0..255 out. */
export type Resampler = (from: RgbImage, to: PlanarImage) => void;

const RESAMPLERS = {
  bilinear: bilinearInto,
  'bilinear-uint8': bilinearUint8Into,
  area: areaInto,
} satisfies Record<ResizeMethod, Resampler>;

const METHODS = {
  pytorchvideo: 'bilinear',
  pyslowfast: 'area',
  mmaction2: 'bilinear-uint8',
  custom: 'bilinear',
} satisfies Record<SamplingPreset, ResizeMethod>;

/** The interpolation of a preset. */
export const resizeMethod = (preset: SamplingPreset): ResizeMethod => METHODS[preset];

/**
 * The size of a frame once its short side is `shortSide`. PyTorchVideo (and `custom`) round the long
 * side down, the others to the nearest. The sample aspect ratio is ignored, as by all references.
 *
 * @throws SpecError if `shortSide` is not a positive integer.
 */
export function shortSideSize(
  preset: SamplingPreset,
  width: number,
  height: number,
  shortSide: number,
): Size {
  if (!Number.isInteger(shortSide) || shortSide < 1) {
    throw new SpecError({
      site: 'preprocessing.resize',
      expected: 'a positive integer',
      received: String(shortSide),
    });
  }
  const floors = METHODS[preset] === 'bilinear';
  const long = (Math.max(width, height) / Math.min(width, height)) * shortSide;
  const longSide = floors ? Math.floor(long) : roundHalfUp(long);
  return width < height
    ? { width: shortSide, height: longSide }
    : { width: longSide, height: shortSide };
}

/** Resizes an RGB24 frame to planar 0..255 floats, `[3, height, width]`. */
export function resizeFrame(frame: RgbImage, size: Size, method: ResizeMethod): PlanarImage {
  const { width, height } = size;
  const resized = { width, height, data: new Float32Array(3 * width * height) };
  // At its own size every method gives the bytes as they are; only slower.
  const resample =
    width === frame.width && height === frame.height ? planesInto : RESAMPLERS[method];
  resample(frame, resized);
  return resized;
}

/** The three planes of a frame, not resized. */
function planesInto({ data }: RgbImage, to: PlanarImage): void {
  const size = to.width * to.height;
  for (let i = 0, byte = 0; i < size; i++, byte += 3) {
    to.data[i] = data[byte]!;
    to.data[size + i] = data[byte + 1]!;
    to.data[2 * size + i] = data[byte + 2]!;
  }
}

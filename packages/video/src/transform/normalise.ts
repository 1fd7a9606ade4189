/** @file From decoded frame to normalised planar frame, by preprocessing: resize, normalise, order channels. */
import { checkArguments, SpecError, type Preprocessing } from '@slowfast/core';
import type { Size } from '../types.js';
import {
  resizeFrame,
  resizeMethod,
  shortSideSize,
  type PlanarImage,
  type RgbImage,
} from './resize.js';

/** The parts of preprocessing that pixels depend on. */
export type PixelPreprocessing = Pick<
  Preprocessing,
  'sampling' | 'resize' | 'stretch' | 'mean' | 'std' | 'channelOrder'
>;

/**
 * The size that preprocessing gives a frame: its short side resized, or stretched to what the preprocessing says.
 *
 * @throws SpecError for a size that is no positive integer.
 */
export function frameSize(
  preprocessing: Pick<Preprocessing, 'sampling' | 'resize' | 'stretch'>,
  size: Size,
): Size {
  checkArguments('frameSize', { preprocessing: [preprocessing, 'object'], size: [size, 'object'] });
  const { width, height } = size;
  if (!preprocessing.stretch)
    return shortSideSize(preprocessing.sampling, width, height, preprocessing.resize);
  const wrong = preprocessing.stretch.find((side) => !Number.isInteger(side) || side < 1);
  if (wrong === undefined)
    return { width: preprocessing.stretch[1], height: preprocessing.stretch[0] };
  throw new SpecError({
    site: 'preprocessing.stretch',
    expected: 'positive integers',
    received: String(wrong),
  });
}

/** In place: `(value / 255 − mean) / std` per channel; for `bgr` the planes are put in that order first. */
export function normalise(
  image: PlanarImage,
  { mean, std, channelOrder }: Pick<Preprocessing, 'mean' | 'std' | 'channelOrder'>,
): void {
  const { data } = image;
  const size = image.width * image.height;
  if (channelOrder === 'bgr') {
    const red = data.slice(0, size);
    data.copyWithin(0, 2 * size, 3 * size);
    data.set(red, 2 * size);
  }
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]!);
    const shift = -mean[channel]! / std[channel]!;
    const end = (channel + 1) * size;
    for (let i = channel * size; i < end; i++) data[i] = data[i]! * scale + shift;
  }
}

/** Resizes and normalises: RGB24 → `[3, H, W]` floats in the preprocessing's channel order. */
export function preprocessFrame(frame: RgbImage, preprocessing: PixelPreprocessing): PlanarImage {
  const size = frameSize(preprocessing, frame);
  // At its own size every resampling gives the bytes as they are.
  if (size.width === frame.width && size.height === frame.height) {
    return normalisedPlanes(frame, preprocessing);
  }
  const image = resizeFrame(frame, size, resizeMethod(preprocessing.sampling));
  normalise(image, preprocessing);
  return image;
}

/** A frame that is not resized, in one pass: a byte has but 256 values to normalise. */
function normalisedPlanes(
  { width, height, data }: RgbImage,
  preprocessing: PixelPreprocessing,
): PlanarImage {
  const levels = { width: 256, height: 1, data: new Float32Array(3 * 256) };
  for (let i = 0; i < levels.data.length; i++) levels.data[i] = i % 256;
  normalise(levels, { ...preprocessing, channelOrder: 'rgb' });
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const level = levels.data.subarray(channel * 256, (channel + 1) * 256);
    // Plane after plane: one stream of writes at a time.
    let byte = preprocessing.channelOrder === 'bgr' ? 2 - channel : channel;
    const end = (channel + 1) * size;
    for (let i = channel * size; i < end; i++, byte += 3) planes[i] = level[data[byte]!]!;
  }
  return { width, height, data: planes };
}

/** @file From decoded frame to normalised planar frame, by a recipe: resize, normalise, order channels. */
import { SpecError, type Recipe } from '@slowfast/core';
import type { Size } from '../types.js';
import {
  resizeFrame,
  resizeMethod,
  shortSideSize,
  type PlanarImage,
  type RgbImage,
} from './resize.js';

/** The parts of a recipe that pixels depend on. */
export type PixelRecipe = Pick<
  Recipe,
  'sampling' | 'resize' | 'stretch' | 'mean' | 'std' | 'channelOrder'
>;

/**
 * The size that a recipe gives a frame: its short side resized, or stretched to what the recipe says.
 *
 * @throws SpecError for a size that is no positive integer.
 */
export function frameSize(
  recipe: Pick<Recipe, 'sampling' | 'resize' | 'stretch'>,
  { width, height }: Size,
): Size {
  if (!recipe.stretch) return shortSideSize(recipe.sampling, width, height, recipe.resize);
  const wrong = recipe.stretch.find((side) => !Number.isInteger(side) || side < 1);
  if (wrong === undefined) return { width: recipe.stretch[1], height: recipe.stretch[0] };
  throw new SpecError({
    site: 'recipe.stretch',
    expected: 'positive integers',
    received: String(wrong),
  });
}

/** In place: `(value / 255 − mean) / std` per channel; for `bgr` the planes are put in that order first. */
export function normalise(
  image: PlanarImage,
  { mean, std, channelOrder }: Pick<Recipe, 'mean' | 'std' | 'channelOrder'>,
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

/** Resizes and normalises: RGB24 → `[3, H, W]` floats in the recipe's channel order. */
export function preprocessFrame(frame: RgbImage, recipe: PixelRecipe): PlanarImage {
  const size = frameSize(recipe, frame);
  // At its own size every resampling gives the bytes as they are.
  if (size.width === frame.width && size.height === frame.height) {
    return normalisedPlanes(frame, recipe);
  }
  const image = resizeFrame(frame, size, resizeMethod(recipe.sampling));
  normalise(image, recipe);
  return image;
}

/** A frame that is not resized, in one pass: a byte has but 256 values to normalise. */
function normalisedPlanes({ width, height, data }: RgbImage, recipe: PixelRecipe): PlanarImage {
  const levels = { width: 256, height: 1, data: new Float32Array(3 * 256) };
  for (let i = 0; i < levels.data.length; i++) levels.data[i] = i % 256;
  normalise(levels, { ...recipe, channelOrder: 'rgb' });
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const level = levels.data.subarray(channel * 256, (channel + 1) * 256);
    // Plane after plane: one stream of writes at a time.
    let byte = recipe.channelOrder === 'bgr' ? 2 - channel : channel;
    const end = (channel + 1) * size;
    for (let i = channel * size; i < end; i++, byte += 3) planes[i] = level[data[byte]!]!;
  }
  return { width, height, data: planes };
}

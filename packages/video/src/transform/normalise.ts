/** @file From decoded frame to normalised planar frame, by a recipe: resize, normalise, order channels. */
import type { Recipe } from '@slowfast/core';
import {
  resizeFrame,
  resizeMethod,
  shortSideSize,
  type PlanarImage,
  type RgbImage,
} from './resize.js';

/** The parts of a recipe that pixels depend on. */
export type PixelRecipe = Pick<Recipe, 'sampling' | 'resize' | 'mean' | 'std' | 'channelOrder'>;

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

/** Resizes the short side and normalises: RGB24 → `[3, H, W]` floats in the recipe's channel order. */
export function preprocessFrame(frame: RgbImage, recipe: PixelRecipe): PlanarImage {
  const size = shortSideSize(recipe.sampling, frame.width, frame.height, recipe.resize);
  const image = resizeFrame(frame, size, resizeMethod(recipe.sampling));
  normalise(image, recipe);
  return image;
}

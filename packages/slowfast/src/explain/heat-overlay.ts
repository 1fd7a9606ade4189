/** @file Class-activation maps as colours over frames. Needs no Node API. */
import type { RgbImage } from '@slowfast/video';
import { annotated } from '../detect/draw.js';

/** How much of a pixel at the peak is colour. */
const MOST_COLOUR = 0.65;
/** How bright is what no view looks at. */
const OUTSIDE = 0.4;

/** From blue over green and yellow to red, of a value from 0 to 1: red, green, blue from 0 to 255. */
const colourAt = (value: number, channel: number): number =>
  255 * Math.min(1, Math.max(0, 1.5 - Math.abs(4 * value - (3 - channel))));

/** A copy of a frame under its heat, as `heatOf` of this size gives it; what no view looks at is dark. */
export function heated({ width, height, data }: RgbImage, heat: Float32Array): RgbImage {
  const pixels = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = heat[Math.floor(i / 3)]!;
    const share = value * MOST_COLOUR;
    pixels[i] = Number.isNaN(value)
      ? data[i]! * OUTSIDE
      : (1 - share) * data[i]! + share * colourAt(value, i % 3);
  }
  return { width, height, data: pixels };
}

/** Pictures of one size side by side, each with its name. */
export function sideBySide(
  pictures: readonly { readonly name: string; readonly image: RgbImage }[],
): RgbImage {
  const { width, height } = pictures[0]!.image;
  const data = new Uint8Array(3 * width * height * pictures.length);
  pictures.forEach(({ name, image }, i) => {
    const lines = [name];
    const { data: pixels } = annotated(image, [
      { box: [0, 0, 1, 1], colour: [220, 220, 220], lines },
    ]);
    for (let y = 0; y < height; y++) {
      const row = pixels.subarray(3 * y * width, 3 * (y + 1) * width);
      data.set(row, 3 * (y * width * pictures.length + i * width));
    }
  });
  return { width: width * pictures.length, height, data };
}

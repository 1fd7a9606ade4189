/** @file Boxes and words on RGB frames. */
import type { Box, RgbImage } from '@slowfast/video';
import { GLYPH, isSet } from './glyphs.js';

/** Red, green, blue: 0 to 255. */
export type Colour = readonly [number, number, number];

/** What is drawn for one person. */
export interface Annotation {
  readonly box: Box;
  readonly colour: Colour;
  /** Lines of text inside the box, from its top. */
  readonly lines: readonly string[];
}

const COLOURS: readonly Colour[] = [
  [255, 99, 71],
  [64, 190, 255],
  [120, 220, 90],
  [255, 200, 40],
  [220, 120, 255],
  [70, 230, 200],
];

/** One of some colours that are easy to tell apart, by track. */
export const colourOf = (track: number): Colour => COLOURS[track % COLOURS.length]!;

/** Pixels a pixel of a letter: 10 rows a letter at least, and on large frames what is as easy to read. */
const letterUnit = (height: number): number => Math.max(2, Math.round(height / 200));

/**
 * A copy of the frame with the annotations; sizes follow the frame's height. Lines that would leave the frame
 * at the right begin further left.
 */
export function annotated(frame: RgbImage, annotations: readonly Annotation[]): RgbImage {
  const image = { width: frame.width, height: frame.height, data: frame.data.slice() };
  const unit = Math.max(1, Math.round(frame.height / 240));
  const letters = letterUnit(frame.height);
  for (const { box, colour, lines } of annotations) {
    const left = Math.round(box[0] * image.width);
    const right = Math.round(box[2] * image.width) - 1;
    const top = Math.round(box[1] * image.height);
    const bottom = Math.round(box[3] * image.height) - 1;
    outline(image, { left, right, top, bottom }, colour, unit);
    lines.forEach((line, i) => {
      const y = Math.max(top, 0) + 2 * unit + i * (GLYPH.height + 2) * letters;
      label(image, line, { left: left + 2 * unit, top: y }, colour, letters);
    });
  }
  return image;
}

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function outline(image: RgbImage, at: Rectangle, colour: Colour, unit: number): void {
  const { left, right, top, bottom } = at;
  fill(image, { left, right, top, bottom: top + unit - 1 }, colour);
  fill(image, { left, right, top: bottom - unit + 1, bottom }, colour);
  fill(image, { left, right: left + unit - 1, top, bottom }, colour);
  fill(image, { left: right - unit + 1, right, top, bottom }, colour);
}

/** Dark letters on a stripe of the colour. */
function label(
  image: RgbImage,
  text: string,
  at: Pick<Rectangle, 'left' | 'top'>,
  colour: Colour,
  unit: number,
): void {
  const advance = (GLYPH.width + 1) * unit;
  const width = text.length * advance + unit;
  const height = (GLYPH.height + 2) * unit;
  const { top } = at;
  const left = Math.max(0, Math.min(at.left, image.width - width));
  fill(image, { left, right: left + width - 1, top, bottom: top + height - 1 }, colour);
  [...text].forEach((character, i) => {
    for (let y = 0; y < GLYPH.height; y++) {
      for (let x = 0; x < GLYPH.width; x++) {
        if (!isSet(character, x, y)) continue;
        const [px, py] = [left + unit + i * advance + x * unit, top + unit + y * unit];
        const pixel = { left: px, right: px + unit - 1, top: py, bottom: py + unit - 1 };
        fill(image, pixel, [16, 16, 16]);
      }
    }
  });
}

/** A filled rectangle, as far as it lies within the frame. */
function fill({ data, width, height }: RgbImage, at: Rectangle, colour: Colour): void {
  const [from, to] = [Math.max(at.left, 0), Math.min(at.right, width - 1)];
  for (let y = Math.max(at.top, 0); y <= Math.min(at.bottom, height - 1); y++) {
    for (let x = from; x <= to; x++) data.set(colour, 3 * (y * width + x));
  }
}

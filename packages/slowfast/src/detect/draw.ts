/** @file Boxes and words on RGB frames. */
import type { Box, RgbImage } from '@slowfast/video';
import { textMask } from './letters.js';

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

/** Pixels of an em: small frames need larger letters for their size, as pixels are few. */
const letterSize = (height: number): number => Math.round(Math.max(13, 6 + height / 40));
/** Red, green, blue of letters, and how much of the frame their stripe hides. */
const INK: Colour = [16, 16, 16];
const STRIPE = 0.85;

/**
 * A copy of the frame with the annotations; sizes follow the frame's height. Lines that would leave the frame
 * at the right begin further left, and those that would hide others further down.
 */
export function annotated(frame: RgbImage, annotations: readonly Annotation[]): RgbImage {
  const image = { width: frame.width, height: frame.height, data: frame.data.slice() };
  const unit = Math.max(1, Math.round(frame.height / 240));
  const size = letterSize(frame.height);
  const boxes = annotations.map(({ box }) => ({
    left: Math.round(box[0] * image.width),
    right: Math.round(box[2] * image.width) - 1,
    top: Math.round(box[1] * image.height),
    bottom: Math.round(box[3] * image.height) - 1,
  }));
  annotations.forEach(({ colour }, i) => outline(image, boxes[i]!, colour, unit));
  const rectangles: Rectangle[] = [];
  annotations.forEach(({ colour, lines }, i) => {
    const { left, top } = boxes[i]!;
    let y = Math.max(top, 0) + 2 * unit;
    for (const line of lines) {
      const stripe = stripeOf(image, line, { left: left + 2 * unit, top: y }, size);
      const place = below(rectangles, stripe);
      write(image, line, place, colour, size);
      rectangles.push(place);
      y = place.bottom + 1;
    }
  });
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

/** Pixels around letters: above and below, left and right. */
const margins = (size: number): readonly [number, number] => [
  Math.max(1, Math.round(size / 10)),
  Math.round(size / 4),
];

/** The stripe that a line of text takes, as far to the right as it goes. */
function stripeOf(
  image: RgbImage,
  text: string,
  { left, top }: Pick<Rectangle, 'left' | 'top'>,
  size: number,
): Rectangle {
  const mask = textMask(text, size);
  const [across, along] = margins(size);
  const width = mask.width + 2 * along;
  const start = Math.max(0, Math.min(left, image.width - width));
  return { left: start, right: start + width - 1, top, bottom: top + mask.height + 2 * across - 1 };
}

/** The first place downwards where a stripe hides none that is taken. */
function below(rectangles: readonly Rectangle[], stripe: Rectangle): Rectangle {
  const other = rectangles.find(
    ({ left, right, top, bottom }) =>
      left <= stripe.right && right >= stripe.left && top <= stripe.bottom && bottom >= stripe.top,
  );
  if (!other) return stripe;
  const height = stripe.bottom - stripe.top;
  return below(rectangles, { ...stripe, top: other.bottom + 1, bottom: other.bottom + 1 + height });
}

/** Dark letters on a stripe of the colour. */
function write(image: RgbImage, text: string, at: Rectangle, colour: Colour, size: number): void {
  const mask = textMask(text, size);
  const [across, along] = margins(size);
  fill(image, at, colour, STRIPE);
  for (let i = 0; i < mask.coverage.length; i++) {
    const x = at.left + along + (i % mask.width);
    const y = at.top + across + Math.floor(i / mask.width);
    if (x < image.width && y < image.height) blend(image, x, y, INK, mask.coverage[i]! / 255);
  }
}

/** A filled rectangle, as far as it lies within the frame. */
function fill(image: RgbImage, at: Rectangle, colour: Colour, share = 1): void {
  const { width, height } = image;
  const [from, to] = [Math.max(at.left, 0), Math.min(at.right, width - 1)];
  for (let y = Math.max(at.top, 0); y <= Math.min(at.bottom, height - 1); y++) {
    for (let x = from; x <= to; x++) blend(image, x, y, colour, share);
  }
}

/** A share of a colour over what is there. */
function blend(
  { data, width }: RgbImage,
  x: number,
  y: number,
  colour: Colour,
  share: number,
): void {
  const at = 3 * (y * width + x);
  for (let i = 0; i < 3; i++) data[at + i]! += Math.round(share * (colour[i]! - data[at + i]!));
}

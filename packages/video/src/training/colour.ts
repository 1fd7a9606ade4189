/** @file Colour jitter, as PySlowFast's `color_jitter`: three blends in random order. Needs no Node API. */
import { LUMA } from '@slowfast/core';
import type { PlanarImage } from '../transform/resize.js';
import type { ClipDraw } from './draw.js';
import type { ColourJitter } from './options.js';

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

const [RED, GREEN, BLUE] = LUMA;

/** Changes brightness, contrast and saturation of `[R, G, B]` planes in place; not clamped, as the reference. */
export function jitterColour(
  image: PlanarImage,
  draw: Pick<ClipDraw, 'colour' | 'colourOrder'>,
  { brightness, contrast, saturation }: Required<ColourJitter>,
): void {
  const strengths = [brightness, contrast, saturation] as const;
  for (const which of ORDERS[Math.floor(draw.colourOrder * ORDERS.length)]!) {
    const strength = strengths[which];
    if (strength === 0) continue;
    const factor = 1 + strength * (2 * draw.colour[which] - 1);
    BLENDS[which](image, factor);
  }
}

const BLENDS = [multiply, contrastTo, saturateTo] as const;

function multiply({ data }: PlanarImage, factor: number): void {
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * factor;
}

const greyAt = (data: Float32Array, at: number, plane: number): number =>
  RED * data[at]! + GREEN * data[plane + at]! + BLUE * data[2 * plane + at]!;

function contrastTo({ data, width, height }: PlanarImage, factor: number): void {
  const plane = width * height;
  let sum = 0;
  for (let i = 0; i < plane; i++) sum += greyAt(data, i, plane);
  const shift = (1 - factor) * (sum / plane);
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * factor + shift;
}

function saturateTo({ data, width, height }: PlanarImage, factor: number): void {
  const plane = width * height;
  for (let i = 0; i < plane; i++) {
    const shift = (1 - factor) * greyAt(data, i, plane);
    for (let at = i; at < data.length; at += plane) data[at] = data[at]! * factor + shift;
  }
}

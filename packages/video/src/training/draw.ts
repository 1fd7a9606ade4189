/** @file What is drawn for a clip: numbers alone, before any frame is seen. */
import { keyedRandom } from '@slowfast/core';

/** The draws of one clip, each in [0, 1); the same ones whatever the options, so that none shifts another. */
export interface ClipDraw {
  /** Start of the clip within the room that it leaves. */
  readonly start: number;
  /** Scale of the frame between least and most. */
  readonly scale: number;
  /** Corner of the crop. */
  readonly x: number;
  /** Corner of the crop. */
  readonly y: number;
  /** Mirrored below one half. */
  readonly flip: number;
  /** Brightness, contrast, saturation. */
  readonly colour: readonly [number, number, number];
  /** Which of their six orders. */
  readonly colourOrder: number;
  /** Width over height, between least and most. */
  readonly ratio: number;
  /** Speed of what is seen, between least and most. */
  readonly speed: number;
  /** Distance between frames, between the least and the most that a clip of fewer frames may have. */
  readonly stride: number;
}

/** The draws of a clip in an epoch. */
export function clipDraw(seed: number, epoch: number, clip: number): ClipDraw {
  const next = keyedRandom(seed, epoch, clip, 1);
  return {
    start: next(),
    scale: next(),
    x: next(),
    y: next(),
    flip: next(),
    colour: [next(), next(), next()],
    colourOrder: next(),
    ratio: next(),
    speed: next(),
    stride: next(),
  };
}

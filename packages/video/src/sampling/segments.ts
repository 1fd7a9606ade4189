/**
 * @file Clips over the whole video, as PySlowFast and PyTorchVideo take them of Something-Something V2
 * (`get_seq_frames`): one frame of each of T equal parts.
 */
import { roundHalfEven } from '../transform/rounding.js';

/** The first and the last frame of each of `parts` equal parts of `total` frames; parts share those. */
function segments(total: number, parts: number): readonly (readonly [number, number])[] {
  const length = (total - 1) / parts;
  return Array.from({ length: parts }, (_, part) => [
    roundHalfEven(length * part),
    roundHalfEven(length * (part + 1)),
  ]);
}

/** The frame in the middle of each part, as in tests. */
export const middleFrames = (total: number, parts: number): readonly number[] =>
  segments(total, parts).map(([first, last]) => Math.floor((first + last) / 2));

/** A frame of each part, as in training; `next` gives numbers in [0, 1), a new one for each. */
export const randomFrames = (total: number, parts: number, next: () => number): readonly number[] =>
  segments(total, parts).map(([first, last]) => first + Math.floor(next() * (last - first + 1)));

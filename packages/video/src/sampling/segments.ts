/**
 * @file Clips over the whole video, as PySlowFast and PyTorchVideo take them of Something-Something V2
 * (`get_seq_frames`): one frame of each of T equal parts.
 */
import { roundHalfEven } from '../transform/rounding.js';

/** The frame of each of `parts` equal parts of `total` frames; `place` 0 is a part's first, 1 its last, ½ the middle. */
export function segmentFrames(total: number, parts: number, place = 0.5): readonly number[] {
  const length = (total - 1) / parts;
  return Array.from({ length: parts }, (_, part) => {
    const first = roundHalfEven(length * part);
    const last = roundHalfEven(length * (part + 1));
    return first + Math.floor(place * (last - first));
  });
}

/** @file Small pictures of what each pathway sees of a clip. */
import { pathwayFrameIndices, type HostTensor, type Preprocessing } from '@slowfast/core';
import { levelsOf } from './clip-levels.js';

/** The frames of one pathway: `count` square pictures of `side` pixels, one after another, RGB or grey. */
export interface Strip {
  readonly pathway: string;
  readonly count: number;
  readonly side: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

const LARGE = 80;
const SMALL = 36;
/** Luma of red, green and blue. */
const GREY = [0.299, 0.587, 0.114];

/** A strip a pathway: the one of fewest frames large and in colour, the others small and grey. */
export function stripsOf(
  clip: HostTensor<'float32'>,
  preprocessing: Preprocessing,
): readonly Strip[] {
  const { pathways, clip: own } = preprocessing;
  const level = levelsOf(clip, preprocessing);
  const fewest = Math.min(...Object.values(pathways).map(({ frames }) => frames));
  const [, , , height, width] = clip.shape as [number, number, number, number, number];
  return Object.entries(pathways)
    .filter(([, { input }]) => input === undefined)
    .map(([pathway, { frames, rule }]): Strip => {
      const isLarge = frames === fewest;
      const side = isLarge ? LARGE : SMALL;
      const channels = isLarge ? 3 : 1;
      const pixels = new Uint8ClampedArray(frames * side * side * channels);
      let at = 0;
      for (const frame of pathwayFrameIndices(own.frames, frames, rule)) {
        for (let y = 0; y < side; y++) {
          const row = Math.floor((y * height) / side) * width;
          for (let x = 0; x < side; x++) {
            const place = row + Math.floor((x * width) / side);
            const colours = [0, 1, 2].map((channel) => level(channel, frame, place));
            if (isLarge) for (const value of colours) pixels[at++] = value;
            else pixels[at++] = colours.reduce((sum, value, c) => sum + GREY[c]! * value, 0);
          }
        }
      }
      return { pathway, count: frames, side, channels, pixels };
    });
}

/** @file Small pictures of what each pathway sees of a clip. */
import { pathwayFrameIndices, type HostTensor, type Preprocessing } from '@slowfast/core';

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

/** A strip a pathway: the one of fewest frames large and in colour, the others small and grey. */
export function stripsOf(
  clip: HostTensor<'float32'>,
  { pathways, clip: { frames: all }, mean, std, channelOrder }: Preprocessing,
): readonly Strip[] {
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
      for (const frame of pathwayFrameIndices(all, frames, rule)) {
        for (let y = 0; y < side; y++) {
          const row = Math.floor((y * height) / side) * width;
          for (let x = 0; x < side; x++) {
            const place = row + Math.floor((x * width) / side);
            const level = (channel: number): number => {
              const stored = channelOrder === 'rgb' ? channel : 2 - channel;
              const plane = (stored * all + frame) * height * width;
              return 255 * (clip.data[plane + place]! * std[stored]! + mean[stored]!);
            };
            if (isLarge) for (let c = 0; c < 3; c++) pixels[at++] = level(c);
            else pixels[at++] = 0.299 * level(0) + 0.587 * level(1) + 0.114 * level(2);
          }
        }
      }
      return { pathway, count: frames, side, channels, pixels };
    });
}

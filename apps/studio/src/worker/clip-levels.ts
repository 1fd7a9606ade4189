/** @file From the normalised pixels of a clip back to levels. */
import type { HostTensor, Preprocessing } from '@slowfast/core';

/** How levels were normalised. */
export type Normalisation = Pick<Preprocessing, 'mean' | 'std' | 'channelOrder'>;

/** The level, 0 to 255, of a channel (red, green, blue) at a place of a frame's rows, of a clip `[1, 3, T, H, W]`. */
export function levelsOf(
  { data, shape }: HostTensor<'float32'>,
  { mean, std, channelOrder }: Normalisation,
): (channel: number, frame: number, place: number) => number {
  const [, , frames, height, width] = shape as [number, number, number, number, number];
  return (channel, frame, place) => {
    const stored = channelOrder === 'rgb' ? channel : 2 - channel;
    const at = (stored * frames + frame) * height * width + place;
    return 255 * (data[at]! * std[stored]! + mean[stored]!);
  };
}

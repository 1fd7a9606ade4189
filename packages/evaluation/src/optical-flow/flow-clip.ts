/** @file Clips of optical flow, from clips of normalised frames (paper, Table 5c). */
import { LUMA, type HostTensor, type Preprocessing } from '@slowfast/core';
import { expansionPyramid, farnebackFlow } from './farneback.js';
import type { Plane } from './plane.js';

/** How colours were normalised. */
export type Colours = Pick<Preprocessing, 'mean' | 'std' | 'channelOrder'>;

/** Displacements beyond this many pixels count as this many; it becomes 1. */
const LARGEST = 20;

/**
 * The flow of clips `[n, 3, T, H, W]` as `[n, 2, T, H, W]`: how far each pixel came along x and y since the frame
 * before, in units of 20 pixels, at most 1. The first frame of a clip has none: zeros.
 */
export function flowClip(
  { data, shape }: HostTensor<'float32'>,
  colours: Colours,
): HostTensor<'float32'> {
  const [clips, , frames, height, width] = shape as readonly [
    number,
    number,
    number,
    number,
    number,
  ];
  const plane = height * width;
  const flow = new Float32Array(clips * 2 * frames * plane);
  const unit = (pixels: number): number => Math.min(1, Math.max(-1, pixels / LARGEST));
  for (let clip = 0; clip < clips; clip++) {
    const picture = (t: number): Plane => {
      const at = (channel: number): number => ((clip * 3 + channel) * frames + t) * plane;
      const maps = [0, 1, 2].map((channel) => data.subarray(at(channel), at(channel) + plane));
      return { width, height, data: luma(maps, colours) };
    };
    // Each picture is between two pairs: what it gives is computed once.
    let before = expansionPyramid(picture(0));
    for (let t = 1; t < frames; t++) {
      const current = expansionPyramid(picture(t));
      const { x, y } = farnebackFlow(before, current);
      [x, y].forEach((axis, channel) => {
        flow.set(axis.data.map(unit), ((clip * 2 + channel) * frames + t) * plane);
      });
      before = current;
    }
  }
  return { dtype: 'float32', shape: [clips, 2, frames, height, width], data: flow };
}

/** Luma from 0 to 255 of normalised colours. */
function luma(maps: readonly Float32Array[], { mean, std, channelOrder }: Colours): Float32Array {
  const weights = channelOrder === 'rgb' ? LUMA : LUMA.toReversed();
  const picture = new Float32Array(maps[0]!.length);
  maps.forEach((map, channel) => {
    const scale = 255 * weights[channel]!;
    for (let i = 0; i < map.length; i++) {
      picture[i]! += scale * (map[i]! * std[channel]! + mean[channel]!);
    }
  });
  return picture;
}

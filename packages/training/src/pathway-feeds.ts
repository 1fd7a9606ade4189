/** @file Feeds of each pathway from a batch of raw clips. */
import {
  float32Tensor,
  pathwayFrameIndices,
  ShapeError,
  shapeText,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';

/** Makes a model's feeds of raw clips `[N, C, T, H, W]`. */
export type FeedsOf<I extends string> = (
  clips: HostTensor<'float32'>,
) => Readonly<Record<I, HostTensor>>;

/**
 * Gives each input the frames that the preprocessing picks for its pathway; an input that the preprocessing does not name
 * gets all. The feeds throw {@link ShapeError} for clips without the preprocessing's number of frames.
 */
export function pathwayFeeds<I extends string>(
  inputs: readonly I[],
  { clip, pathways }: Pick<Preprocessing, 'clip' | 'pathways'>,
): FeedsOf<I> {
  const indices = inputs.map((input) => {
    const pathway = pathways[input];
    return pathway ? pathwayFrameIndices(clip.frames, pathway.frames, pathway.rule) : undefined;
  });
  return (clips) => {
    if (clips.shape[2] !== clip.frames) {
      throw new ShapeError({
        site: 'clip',
        expected: `${clip.frames} frames, as the preprocessing says`,
        received: shapeText(clips.shape),
      });
    }
    const feeds = inputs.map((input, i) => {
      const picked = indices[i];
      const all = !picked || picked.length === clip.frames;
      return [input, all ? clips : pickedFrames(clips, picked)] as const;
    });
    return Object.fromEntries(feeds) as Record<I, HostTensor>;
  };
}

function pickedFrames(
  { shape, data }: HostTensor<'float32'>,
  indices: readonly number[],
): HostTensor<'float32'> {
  const [clips, channels, frames, height, width] = shape as [
    number,
    number,
    number,
    number,
    number,
  ];
  const plane = height * width;
  const picked = new Float32Array(clips * channels * indices.length * plane);
  let offset = 0;
  for (let map = 0; map < clips * channels; map++) {
    for (const frame of indices) {
      const start = (map * frames + frame) * plane;
      picked.set(data.subarray(start, start + plane), offset);
      offset += plane;
    }
  }
  return float32Tensor([clips, channels, indices.length, height, width], picked);
}

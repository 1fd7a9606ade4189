/** @file Feeds for a model from raw clips: each pathway gets its frames, views become a batch. */
import { ShapeError, pathwayFrameIndices, type HostTensor, type Recipe } from '@slowfast/core';

/**
 * Feeds for a batch of raw clips `[1, C, T, H, W]`: one tensor `[batch, C, T', H, W]` for each input
 * name. A model with the single input `clip` gets all frames; a pathway gets those that the recipe's rule picks.
 *
 * Throws {@link ShapeError} when the clips differ in shape or have not the frames that the recipe says.
 */
export function batchFeeds<I extends string>(
  inputs: readonly I[],
  recipe: Recipe,
  clips: readonly HostTensor<'float32'>[],
): Record<I, HostTensor> {
  const shape = clips[0]!.shape;
  const [, , frames] = shape;
  if (frames !== recipe.clip.frames) {
    throw new ShapeError({
      site: 'clip',
      expected: `${recipe.clip.frames} frames, as the recipe says`,
      received: `[${shape.join(', ')}]`,
    });
  }
  for (const clip of clips) {
    if (clip.shape.join() === shape.join()) continue;
    throw new ShapeError({
      site: 'clip',
      expected: `clips of one shape, [${shape.join(', ')}]`,
      received: `[${clip.shape.join(', ')}]`,
    });
  }
  const feed = (input: I): HostTensor => {
    const pathway = recipe.pathways[input];
    const indices = pathway
      ? pathwayFrameIndices(recipe.clip.frames, pathway.frames, pathway.rule)
      : Array.from({ length: recipe.clip.frames }, (_, i) => i);
    return gatherFrames(clips, indices);
  };
  return Object.fromEntries(inputs.map((input) => [input, feed(input)])) as Record<I, HostTensor>;
}

/** The given frames of clips `[1, C, T, H, W]` as one batch `[clips, C, indices, H, W]`. */
export function gatherFrames(
  clips: readonly HostTensor<'float32'>[],
  indices: readonly number[],
): HostTensor<'float32'> {
  const [, channels, frames, height, width] = clips[0]!.shape as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (clips.length === 1 && indices.length === frames && indices.every((f, i) => f === i)) {
    return clips[0]!;
  }
  const plane = height * width;
  const data = new Float32Array(clips.length * channels * indices.length * plane);
  let offset = 0;
  for (const clip of clips) {
    for (let c = 0; c < channels; c++) {
      for (const frame of indices) {
        const start = (c * frames + frame) * plane;
        data.set(clip.data.subarray(start, start + plane), offset);
        offset += plane;
      }
    }
  }
  return { dtype: 'float32', shape: [clips.length, channels, indices.length, height, width], data };
}

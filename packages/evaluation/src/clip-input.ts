/** @file Feeds for a model from raw clips: each pathway gets its frames, views become a batch. */
import {
  checkArguments,
  ShapeError,
  SpecError,
  pathwayFrameIndices,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { flowClip, type Colours } from './optical-flow/flow-clip.js';

/** The part of preprocessing that says what each pathway takes of a clip; optical flow needs the colours. */
export type ClipPreprocessing = Pick<Preprocessing, 'clip' | 'pathways'> & Partial<Colours>;

/**
 * Feeds for raw clips `[n, C, T, H, W]`, one after the other: one tensor `[batch, C, T', H, W]` for each input
 * name. A model with the single input `clip` gets all frames; a pathway gets those that the preprocessing's rule picks, and their
 * optical flow where it says so. A pathway that hears gets `sounds`, spectrograms `[n, 1, frames, 1, mels]` of the clips in their order.
 *
 * Throws {@link ShapeError} when the clips differ in shape or have not the frames that the preprocessing says;
 * {@link SpecError} for a pathway that hears where there is not a sound for each clip.
 */
export function batchFeeds<I extends string>(
  inputs: readonly I[],
  preprocessing: ClipPreprocessing,
  clips: readonly HostTensor<'float32'>[],
  sounds: readonly HostTensor<'float32'>[] = [],
): Record<I, HostTensor> {
  checkArguments('batchFeeds', {
    inputs: [inputs, 'array'],
    preprocessing: [preprocessing, 'object'],
    clips: [clips, 'array'],
  });

  const shape = clips[0]!.shape;
  const [, , frames] = shape;
  if (frames !== preprocessing.clip.frames) {
    throw new ShapeError({
      site: 'clip',
      expected: `${preprocessing.clip.frames} frames, as the preprocessing says`,
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
    const pathway = preprocessing.pathways[input];
    if (pathway?.input === 'sound') return soundBatch(input, clips, sounds);
    const indices = pathway
      ? pathwayFrameIndices(preprocessing.clip.frames, pathway.frames, pathway.rule)
      : Array.from({ length: preprocessing.clip.frames }, (_, i) => i);
    const frames = gatherFrames(clips, indices);
    return pathway?.input === 'flow' ? flowClip(frames, coloursOf(preprocessing)) : frames;
  };
  return Object.fromEntries(inputs.map((input) => [input, feed(input)])) as Record<I, HostTensor>;
}

/** Spectrograms as one batch. */
function soundBatch(
  input: string,
  clips: readonly HostTensor[],
  sounds: readonly HostTensor<'float32'>[],
): HostTensor<'float32'> {
  const [count, heard] = [clips, sounds].map((tensors) =>
    tensors.reduce((sum, { shape }) => sum + shape[0]!, 0),
  ) as [number, number];
  if (heard !== count) {
    throw new SpecError({
      site: `the pathway ${input}`,
      expected: 'the sound of every clip, which it hears',
      received: heard === 0 ? 'pictures alone' : `${heard} for ${count} clips`,
      remedy: 'Give videos with sound where they can be heard, or take a model that only sees',
    });
  }
  if (sounds.length === 1) return sounds[0]!;
  const [, ...shape] = sounds[0]!.shape;
  const data = new Float32Array(sounds.reduce((sum, sound) => sum + sound.data.length, 0));
  let at = 0;
  for (const sound of sounds) {
    data.set(sound.data, at);
    at += sound.data.length;
  }
  return { dtype: 'float32', shape: [count, ...shape], data };
}

function coloursOf({ mean, std, channelOrder }: ClipPreprocessing): Colours {
  if (mean && std && channelOrder) return { mean, std, channelOrder };
  throw new SpecError({
    site: 'preprocessing',
    expected: 'mean, std and channelOrder, without which there is no optical flow',
    received: 'preprocessing without them',
  });
}

/** Makes a model's feeds of raw clips `[N, C, T, H, W]`, and of their spectrograms `[N, 1, frames, 1, mels]` if it hears. */
export type FeedsOf<I extends string> = (
  clips: HostTensor<'float32'>,
  sounds?: HostTensor<'float32'>,
) => Readonly<Record<I, HostTensor>>;

/** {@link batchFeeds} of one tensor of clips, for a model's inputs; the feeds throw as it does. */
export const pathwayFeeds =
  <I extends string>(inputs: readonly I[], preprocessing: ClipPreprocessing): FeedsOf<I> =>
  (clips, sounds) =>
    batchFeeds(inputs, preprocessing, [clips], sounds ? [sounds] : []);

/** Frames by their indices of clips `[n, C, T, H, W]`, as one batch `[sum of n, C, indices, H, W]`. */
export function gatherFrames(
  clips: readonly HostTensor<'float32'>[],
  indices: readonly number[],
): HostTensor<'float32'> {
  checkArguments('gatherFrames', { clips: [clips, 'array'], indices: [indices, 'array'] });

  const [each, channels, frames, height, width] = clips[0]!.shape as [
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
  const count = clips.length * each;
  const data = new Float32Array(count * channels * indices.length * plane);
  let offset = 0;
  for (const clip of clips) {
    for (let map = 0; map < each * channels; map++) {
      for (const frame of indices) {
        const start = (map * frames + frame) * plane;
        data.set(clip.data.subarray(start, start + plane), offset);
        offset += plane;
      }
    }
  }
  return { dtype: 'float32', shape: [count, channels, indices.length, height, width], data };
}

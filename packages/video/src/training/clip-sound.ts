/** @file What is heard of training clips: the sound of a video in one block of memory, and spectrograms of parts of it. */
import { float32Tensor, MediaError, type HostTensor, type SoundSampling } from '@slowfast/core';
import { firstSample, SHORT_SOUND } from '../sound/clip-sound.js';
import { logMelSpectrogram, soundSamples, type Spectrogram } from '../sound/log-mel.js';
import type { Timeline, Video } from '../types.js';

/** Samples of one channel from a moment on, silent where there is no sound, in memory that threads share. */
export interface StoredSound {
  /** The first of them, counted at the rate from the moment that a player shows as 0. */
  readonly at: number;
  readonly data: SharedArrayBuffer;
  /** From where to where the video has sound. */
  readonly reach: readonly [from: number, to: number];
}

/** From which sample to which a clip of these frames is heard. */
export function soundSpan(
  frames: readonly number[],
  timeline: Timeline,
  sampling: SoundSampling,
): readonly [from: number, to: number] {
  const from = firstSample(frames, timeline, sampling);
  return [from, from + soundSamples(sampling)];
}

/** From which sample to which any clip of a video can be heard. */
export function wholeSpan(timeline: Timeline, sampling: SoundSampling): readonly [number, number] {
  const [from] = soundSpan([0], timeline, sampling);
  const [, to] = soundSpan([timeline.frames - 1], timeline, sampling);
  return [from, to];
}

/** Decodes a part of a video's sound. Throws MediaError for a video without any that decodes. */
export async function storedSound(
  video: Pick<Video, 'path' | 'sound'>,
  [from, to]: readonly [from: number, to: number],
  { rate }: SoundSampling,
  signal: AbortSignal | undefined,
): Promise<StoredSound> {
  const data = new SharedArrayBuffer(4 * (to - from));
  const all = new Float32Array(data);
  let reach: readonly [number, number] | undefined;
  for await (const { at, samples } of video.sound({ rate, ...(signal ? { signal } : {}) })) {
    const end = at + samples.length;
    reach = [Math.min(at, reach?.[0] ?? at), Math.max(end, reach?.[1] ?? end)];
    const [first, last] = [Math.max(at, from), Math.min(end, to)];
    if (first < last) all.set(samples.subarray(first - at, last - at), first - from);
    if (end >= to) break;
  }
  if (reach) return { at: from, data, reach };
  throw new MediaError({
    site: video.path,
    expected: 'sound, which the model hears',
    received: 'none that decodes',
    remedy: 'Give videos with sound, or train a model that only sees',
  });
}

/** One for each way to sample; making filters takes longer than using them. */
const spectrograms = new WeakMap<SoundSampling, Spectrogram>();

function spectrogramOf(sampling: SoundSampling): Spectrogram {
  const own = spectrograms.get(sampling) ?? logMelSpectrogram(sampling);
  spectrograms.set(sampling, own);
  return own;
}

/** The spectrogram `[1, 1, frames, 1, mels]` of a span, and what is to be said of it. */
export function heardClip(
  { at, data, reach }: StoredSound,
  [from, to]: readonly [from: number, to: number],
  sampling: SoundSampling,
): { readonly sound: HostTensor<'float32'>; readonly warnings: readonly string[] } {
  const { frames, mels, hop } = sampling;
  const samples = new Float32Array(data).subarray(from - at, to - at);
  const sound = float32Tensor([1, 1, frames, 1, mels], spectrogramOf(sampling)(samples));
  const isShort = Math.max(reach[0] - from, 0) + Math.max(to - reach[1], 0) > hop;
  return { sound, warnings: isShort ? [SHORT_SOUND] : [] };
}

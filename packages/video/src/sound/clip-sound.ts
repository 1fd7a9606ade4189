/** @file What is heard of each clip: a spectrogram around its middle. Needs no Node API. */
import { float32Tensor, MediaError, type HostTensor, type SoundSampling } from '@slowfast/core';
import type { ClipFrames } from '../sampling/clip-frames.js';
import type { Timeline, Video } from '../types.js';
import { logMelSpectrogram, soundSamples } from './log-mel.js';

/** What is said of a video whose sound is shorter than its clips. */
export const SHORT_SOUND =
  'The sound does not reach over all clips: the rest of them is taken as silence.';

/** The first sample that a clip is heard by, counted from the moment that a player shows as 0. */
export function firstSample(
  frames: readonly number[],
  timeline: Timeline,
  sampling: SoundSampling,
): number {
  return Math.round(middleOf(frames, timeline) * sampling.rate - soundSamples(sampling) / 2);
}

/** Seconds at which a player is in the middle of a clip. */
function middleOf(frames: readonly number[], { start, pts, timeBase }: Timeline): number {
  const first = frames.reduce((a, b) => Math.min(a, b));
  const last = frames.reduce((a, b) => Math.max(a, b));
  const ticks = (pts[first]! + pts[last]!) / 2 - pts[0]!;
  return start + (ticks * timeBase.num) / timeBase.den;
}

/** The part of the sound that a clip is heard by; silent until samples are there. */
interface Span {
  readonly clip: number;
  /** Its first sample, from the moment that a player shows as 0. */
  readonly at: number;
  samples?: Float32Array;
  covered: number;
}

/** Takes what a piece of sound has of a span. */
function cover(span: Span, length: number, at: number, samples: Float32Array): void {
  span.samples ??= new Float32Array(length);
  const from = Math.max(at, span.at);
  const to = Math.min(at + samples.length, span.at + length);
  if (to <= from) return;
  span.samples.set(samples.subarray(from - at, to - at), from - span.at);
  span.covered += to - from;
}

/** Spans in the order in which they end, each with its samples; only those that have begun are in memory. */
async function* coveredSpans(
  spans: readonly Span[],
  length: number,
  pieces: AsyncIterable<{ readonly at: number; readonly samples: Float32Array }>,
): AsyncGenerator<Span, void, undefined> {
  const waiting = spans.toSorted((a, b) => a.at - b.at);
  let [begun, next]: [Span[], number] = [[], 0];
  for await (const { at, samples } of pieces) {
    const end = at + samples.length;
    while (next < waiting.length && waiting[next]!.at < end) begun.push(waiting[next++]!);
    for (const span of begun) cover(span, length, at, samples);
    yield* begun.filter((span) => span.at + length <= end);
    begun = begun.filter((span) => span.at + length > end);
    if (begun.length === 0 && next === waiting.length) return;
  }
  yield* [...begun, ...waiting.slice(next)];
}

/**
 * The spectrograms of clips `[1, 1, frames, 1, mels]`, in their order, each as soon as its sound is decoded. Where the sound
 * begins after a clip's or ends before it there is silence, as a player has it, and a warning.
 *
 * Throws MediaError for a video without sound, or without any in one of the clips.
 */
export async function* clipSpectrograms(
  video: Pick<Video, 'path' | 'timeline' | 'sound' | 'warn'>,
  clips: readonly ClipFrames[],
  sampling: SoundSampling,
  signal?: AbortSignal,
): AsyncGenerator<HostTensor<'float32'>, void, undefined> {
  const { rate, frames, mels, hop } = sampling;
  const length = soundSamples(sampling);
  const spectrogram = logMelSpectrogram(sampling);
  const spans = clips.map(({ frames }, clip): Span => ({
    ...{ clip, covered: 0 },
    at: firstSample(frames, video.timeline, sampling),
  }));
  const ready = new Map<number, HostTensor<'float32'>>();
  let turn = 0;
  const pieces = video.sound({ rate, ...(signal ? { signal } : {}) });
  for await (const { clip, at, samples, covered } of coveredSpans(spans, length, pieces)) {
    signal?.throwIfAborted();
    if (!samples || covered === 0) throw silentClip(video.path, at / rate, (at + length) / rate);
    if (covered < length - hop) video.warn(SHORT_SOUND);
    ready.set(clip, float32Tensor([1, 1, frames, 1, mels], spectrogram(samples)));
    for (; ready.has(turn); turn++) {
      yield ready.get(turn)!;
      ready.delete(turn);
    }
  }
}

const silentClip = (path: string, from: number, to: number): MediaError =>
  new MediaError({
    site: path,
    expected: `sound from ${from.toFixed(2)} to ${to.toFixed(2)} s, which the model hears`,
    received: 'none that decodes',
    remedy: 'Give a video with sound throughout, or take a model that only sees',
  });

/** @file What is going on, again and again, while frames arrive. */
import { MediaError, SpecError, type CompiledModel, type Preprocessing } from '@slowfast/core';
import { scoreViews, topPredictions, type Prediction } from '@slowfast/evaluation';
import { LiveClips, liveFrames, openVideo, type LiveFrame } from '@slowfast/video';
import { defined } from '../defined.js';
import { preprocessingOf } from '../model/labels.js';

/** One answer while a source plays. */
export interface Observation {
  /** Seconds of the stream: the newest frame that was seen. */
  readonly time: number;
  /** Best first. */
  readonly predictions: readonly Prediction[];
  /** Milliseconds from the arrival of that frame to the prediction, waiting in the queue included. */
  readonly latency: number;
  /** Frames that were dropped so far, since the model was slower than the stream. */
  readonly drops: number;
}

/** How a source is watched. */
export interface ObserveOptions {
  /** Seconds from one answer to the next; default 1. */
  readonly every?: number;
  /** Frames that wait at most; then the oldest is dropped. Default 64. */
  readonly queue?: number;
  /** Classes of an answer; default 3. */
  readonly top?: number;
  /** What ffmpeg calls the kind of device: `v4l2`, `avfoundation`, `dshow`. */
  readonly format?: string;
  /** Whether a file's frames come as they would be `played` (default), or as fast as they are `decoded`, none dropped. */
  readonly pace?: 'played' | 'decoded';
  /** Seconds without a frame of a stream or device after which it is given up; default 30. */
  readonly timeout?: number;
  /**
   * Protocols of ffmpeg that a stream, and what a playlist in it names, may use, on any host; default: those of the source
   * itself, and for HTTP its own host and port alone.
   */
  readonly protocols?: readonly string[];
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What {@link observe} works with. */
export interface Observing extends ObserveOptions {
  readonly model: CompiledModel;
  readonly labels?: readonly string[];
}

type Source = string | AsyncIterable<LiveFrame>;

/**
 * Classifies a file, a URL, a device, or frames of the caller's own, while they play. Throws MediaError for a source
 * that cannot be played, dies, sends nothing more, or ends before it has given a clip; SpecError for a model that hears.
 */
export async function* observe(
  source: Source,
  observing: Observing,
): AsyncGenerator<Observation, void, undefined> {
  const { model, labels, every = 1, queue = 64, top = 3, signal } = observing;
  signal?.throwIfAborted();
  const preprocessing = preprocessingOf(model);
  if (preprocessing.sound) throw hears(model.name);
  if (preprocessing.skeleton) throw seesSkeletons(model.name);
  const clips = new LiveClips({ preprocessing, every, queue });
  const stop = new AbortController();
  const counts = { frames: 0, answers: 0 };
  const feeding = feed(clips, source, counts, {
    ...observing,
    queue,
    signal: signal ? AbortSignal.any([stop.signal, signal]) : stop.signal,
  });
  try {
    for await (const { time, tensor, drops, arrivedAt } of clips) {
      signal?.throwIfAborted();
      const { scores } = await scoreViews(model, [{ tensor }], { preprocessing });
      const latency = Math.round(performance.now() - arrivedAt);
      counts.answers += 1;
      yield { time, predictions: topPredictions(scores, labels, top), latency, drops };
    }
    signal?.throwIfAborted();
    if (counts.answers === 0) throw tooShort(source, counts.frames, preprocessing);
  } finally {
    stop.abort();
    await feeding;
  }
}

const hears = (name: string): SpecError =>
  new SpecError({
    site: name,
    expected: 'a model that only sees, as what plays is taken without its sound',
    received: 'one that hears, too',
    remedy: 'Take another to watch; classify, evaluate, features, segment and explain take sound',
  });

const seesSkeletons = (name: string): SpecError =>
  new SpecError({
    site: name,
    expected: 'a model that sees frames',
    received: 'one that takes the skeletons of people',
    remedy: 'Take another to watch; classify and evaluate find skeletons in whole videos',
  });

function tooShort(source: Source, frames: number, { clip }: Preprocessing): MediaError {
  const seconds = ((clip.frames * clip.stride) / clip.fps).toFixed(1);
  return new MediaError({
    site: typeof source === 'string' ? source : 'frames',
    expected: `at least a clip, which is ${seconds} s long`,
    received: frames === 1 ? '1 frame' : `${frames} frames`,
    remedy: 'Take a longer one, or a model of shorter clips',
  });
}

type Feeding = Pick<ObserveOptions, 'format' | 'pace' | 'timeout' | 'protocols'> & {
  readonly queue: number;
  readonly signal: AbortSignal;
};

/** Pushes frames until the source ends; its errors are thrown where clips are taken. */
async function feed(
  clips: LiveClips,
  source: Source,
  counts: { frames: number },
  feeding: Feeding,
): Promise<void> {
  const { signal } = feeding;
  try {
    for await (const frame of await framesOf(clips, source, feeding)) {
      if (signal.aborted) break;
      counts.frames += 1;
      clips.push(frame);
    }
    clips.end();
  } catch (error) {
    if (signal.aborted) clips.end();
    else clips.end(error);
  }
}

async function framesOf(
  clips: LiveClips,
  source: Source,
  { format, pace, queue, signal, timeout, protocols }: Feeding,
): Promise<AsyncIterable<LiveFrame>> {
  if (typeof source !== 'string') return source;
  const { stat } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  const entry = await stat(source).catch(() => undefined);
  // What is neither there nor a URL is a file that is missing.
  const isPath = !/^[a-z][a-z0-9+.-]*:/i.test(source) && source !== '-';
  const isFile = format === undefined && (entry ? entry.isFile() : isPath);
  return isFile
    ? playedFile(source, pace === 'decoded' ? clips : undefined, queue, signal)
    : liveFrames(source, { signal, ...defined({ format, timeout, protocols }) });
}

/** A file's frames at the times at which they are shown, or as soon as there is room for them. */
async function* playedFile(
  path: string,
  room: LiveClips | undefined,
  queue: number,
  signal: AbortSignal,
): AsyncGenerator<LiveFrame> {
  const { setTimeout: sleep } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:timers/promises'
  );
  await using video = await openVideo(path, { signal });
  const startedAt = performance.now();
  let first: number | undefined;
  for await (const { time, width, height, data } of video.frames({ signal })) {
    first ??= time;
    const wait = startedAt + 1000 * (time - first) - performance.now();
    if (!room && wait > 1) await sleep(wait, undefined, { signal });
    while (room && room.waiting >= queue) await sleep(1, undefined, { signal });
    yield { time: time - first, width, height, data };
  }
}

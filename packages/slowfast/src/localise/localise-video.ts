/** @file When classes happen in a video: scores of windows that slide over it, and the segments in them. */
import { SpecError, type CompiledModel, type Preprocessing } from '@slowfast/core';
import {
  activate,
  findSegments,
  type ScoreCurve,
  type ScoredSegment,
  type SegmentOptions,
} from '@slowfast/evaluation';
import type { OpenOptions } from '@slowfast/video';
import type { VideoInput } from '../classify/files.js';
import { defined } from '../defined.js';
import { extractFeatures } from '../features/extract.js';

/** How a video is searched. */
export interface LocalisationOptions extends SegmentOptions {
  /** Seconds from one window to the next; default 0.5. */
  readonly every?: number;
  /** Windows a run; default 1. */
  readonly batch?: number;
  /** How the video is opened. */
  readonly open?: OpenOptions;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What {@link localiseVideo} works with. */
export interface Localising extends LocalisationOptions {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly labels: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** The segments of a video, and the scores that they come from. */
export interface Localisation extends ScoreCurve {
  /** In the order of time. */
  readonly segments: readonly ScoredSegment[];
  /** Seconds of a window, and from one to the next. */
  readonly window: number;
  readonly every: number;
  readonly warnings: readonly string[];
}

/**
 * Scores windows as long as the model's clips, one every `every` seconds, and finds segments in the scores. Throws as
 * `extractFeatures`, and SpecError for a distance of less than a frame or thresholds that exclude each other.
 */
export async function localiseVideo(
  file: VideoInput,
  localising: Localising,
): Promise<Localisation> {
  const { model, preprocessing, labels, every = 0.5, batch = 1, ...options } = localising;
  const { clip, activation } = preprocessing;
  if (clip.segments) {
    throw new SpecError({
      site: model.name,
      expected: 'a model of clips of a certain length',
      received: 'one whose clips are whole videos, whatever their length',
      remedy: 'Cut the video into pieces and classify them',
    });
  }
  const stride = Math.round(every * clip.fps);
  if (!(stride >= 1)) {
    throw new SpecError({
      site: 'every',
      expected: `at least a frame at ${clip.fps} a second, in seconds`,
      received: `${every}`,
    });
  }
  const window = clip.frames * clip.stride;
  const { arrays, times, warnings } = await extractFeatures(file, {
    ...{ model, preprocessing, batch, pool: 'mean' },
    windows: { window, stride, fps: clip.fps },
    ...defined({ open: options.open, signal: options.signal, onProgress: options.onProgress }),
  });
  const { shape, data } = Object.values(arrays)[0]!;
  const classes = shape[1]!;
  const scores = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += classes) {
    scores.set(activate(data.subarray(at, at + classes), activation), at);
  }
  const curve: ScoreCurve = { times, scores, classes };
  return {
    ...curve,
    segments: findSegments(curve, labels, options),
    window: window / clip.fps,
    every: stride / clip.fps,
    warnings,
  };
}

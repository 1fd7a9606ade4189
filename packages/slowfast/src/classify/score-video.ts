/** @file The scores of one video. */
import type { CompiledModel, HostTensor, Preprocessing } from '@slowfast/core';
import { scoreViews } from '@slowfast/evaluation';
import { views, type OpenOptions, type View } from '@slowfast/video';
import { defined } from '../defined.js';
import { skeletonInput } from '../pose/score-skeletons.js';
import type { PeopleFinder } from '../pose/lazy-people.js';
import { opened, type VideoInput } from './files.js';
import type { ViewNumbers } from './view-numbers.js';

/** How a video is scored. */
export interface ScoringOptions {
  /** Default: the preprocessing's. */
  readonly views?: ViewNumbers;
  /** Views a run; default 1. */
  readonly batch?: number;
  /** How videos are opened. */
  readonly open?: OpenOptions;
  readonly signal?: AbortSignal;
}

/** The scores of a video and how they came about. */
export interface VideoScores {
  /** One a class, combined over the views as the preprocessing says. */
  readonly scores: Float32Array;
  /** Clips x crops. */
  readonly views: string;
  readonly warnings: readonly string[];
  /** Milliseconds altogether, in the model, and waiting for frames. */
  readonly timing: { readonly total: number; readonly inference: number; readonly waiting: number };
}

/** What {@link scoreVideo} works with. */
export interface Scoring extends ScoringOptions {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  /** Finds people for a model that sees skeletons. */
  readonly people: PeopleFinder;
  /** Runs at once for this video; default: as many as the model does. */
  readonly parallel?: number;
  /** Called with views done and views altogether. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with all outputs of each run, and the number of views before it, in the views' order. */
  readonly onOutputs?: (outputs: Readonly<Record<string, HostTensor>>, views: number) => void;
}

/**
 * Scores one video. Throws MediaError for one that cannot be used, and the signal's reason when aborted.
 */
export async function scoreVideo(file: VideoInput, scoring: Scoring): Promise<VideoScores> {
  const { model, preprocessing, batch = 1, open, signal, onProgress, onOutputs } = scoring;
  const { clips, crops } = scoring.views ?? preprocessing.views;
  const stop = signal ? { signal } : {};
  const startedAt = performance.now();
  async function scored(
    source: AsyncIterable<View> | Iterable<View>,
    warnings: () => readonly string[],
  ) {
    const { scores, timing } = await scoreViews(model, source, {
      ...{ preprocessing, batch, transfer: true, ...stop },
      ...defined({ parallel: scoring.parallel, onOutputs }),
      onProgress: (done) => onProgress?.(done, clips * crops),
    });
    return {
      scores,
      views: `${clips}x${crops}`,
      warnings: warnings(),
      timing: {
        total: Math.round(performance.now() - startedAt),
        inference: Math.round(timing.inference),
        waiting: Math.round(timing.waiting),
      },
    };
  }
  if (preprocessing.skeleton) {
    const skeletons = await skeletonInput(file, scoring);
    return scored(skeletons.views, () => skeletons.warnings);
  }
  // Pictures have no rate of their own: they are as far apart as the model was trained.
  const pictureFps = preprocessing.clip.fps;
  await using input = await opened(file, { pictureFps, ...open, ...stop });
  const { video } = input;
  let padded = false;
  async function* noted() {
    for await (const view of views(video, preprocessing, { clips, crops, ...stop })) {
      padded ||= view.padded;
      yield view;
    }
  }
  const { frames, fps } = video.info;
  const short = `the video is shorter than a clip (${frames} frames at ${fps} fps): filled as ${preprocessing.sampling} does`;
  return await scored(noted(), () => [...video.warnings, ...(padded ? [short] : [])]);
}

/**
 * How many videos are scored at once, and the runs that each asks for: one more video than the model has runs at once, so
 * that opening and decoding the next go on meanwhile; a video alone has all of them.
 */
export function videosAtOnce(
  videos: number,
  { parallelRuns = 1 }: Pick<CompiledModel, 'parallelRuns'>,
): { readonly videos: number; readonly parallel: number } {
  if (videos <= 1 || parallelRuns === 1) return { videos: 1, parallel: parallelRuns };
  return { videos: parallelRuns + 1, parallel: 1 };
}

/** Runs of the model for so many videos, as far as options tell; thirty views, as is usual, otherwise. */
export const runsOf = (
  videos: number,
  { views, batch = 1 }: Pick<ScoringOptions, 'views' | 'batch'>,
): number => (videos * (views ? views.clips * views.crops : 30)) / batch;

/** @file The scores of one video, for every command that wants them, and the options that they depend on. */
import { SpecError, type CompiledModel, type Preprocessing } from '@slowfast/core';
import { scoreViews } from '@slowfast/evaluation';
import { openVideo, views, type DecoderName, type OpenOptions } from '@slowfast/video';
import type { Command } from 'commander';
import { UsageError } from './command/exit.js';
import { oneOf, viewCounts, wholeNumber } from './command/model-options.js';

/** How videos are opened: what the options of {@link addVideoOptions} parse to. */
export interface VideoFlags {
  readonly decoder: string;
  readonly rotation: string;
  readonly strict?: boolean;
}

/** What the options of {@link addScoringOptions} parse to. */
export interface ScoringFlags extends VideoFlags {
  readonly views?: { readonly clips: number; readonly crops: number };
  readonly batch: number;
}

/** Adds the options that say how videos are opened. */
export function addVideoOptions(command: Command): Command {
  return command
    .option('--decoder <name>', 'auto, node-av or ffmpeg', 'auto')
    .option('--rotation <what>', 'apply or ignore the rotation that a file asks for', 'apply')
    .option('--strict', 'fail on damaged videos instead of using what decodes');
}

/** Adds the options that say how a video is scored. */
export function addScoringOptions(command: Command): Command {
  return addVideoOptions(
    command
      .option(
        '--views <clips>x<crops>',
        'views of each video (default: the preprocessing, 10x3)',
        viewCounts,
      )
      .option('--batch <n>', 'views a run', wholeNumber, 1),
  );
}

/** Throws {@link UsageError} for values that the options do not have. */
export function checkVideoFlags({ decoder, rotation }: VideoFlags): void {
  oneOf('--decoder', decoder, ['auto', 'node-av', 'ffmpeg']);
  oneOf('--rotation', rotation, ['apply', 'ignore']);
}

/** Throws {@link UsageError} for values that the options do not have. */
export function checkScoringFlags(flags: ScoringFlags): void {
  if (flags.batch < 1) throw new UsageError('--batch: expected a number of at least 1');
  checkVideoFlags(flags);
}

/** From flags to the options of `openVideo`. */
export const openOptions = ({ decoder, rotation, strict }: VideoFlags): OpenOptions => ({
  decoder: decoder as DecoderName | 'auto',
  rotation: rotation as 'apply' | 'ignore',
  strict: strict === true,
});

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
export interface Scoring {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly flags: ScoringFlags;
  readonly signal: AbortSignal;
  /** Runs at once for this video; default: as many as the model does. */
  readonly parallel?: number;
  /** Called with views done and views altogether. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Scores one video. Throws MediaError for one that cannot be used, and the signal's reason when aborted.
 */
export async function scoreVideo(file: string, scoring: Scoring): Promise<VideoScores> {
  const { model, preprocessing, flags, signal, onProgress, parallel } = scoring;
  const { clips, crops } = flags.views ?? preprocessing.views;
  const startedAt = performance.now();
  await using video = await openVideo(file, { ...openOptions(flags), signal });
  let padded = false;
  async function* noted() {
    for await (const view of views(video, preprocessing, { clips, crops, signal })) {
      padded ||= view.padded;
      yield view;
    }
  }
  const { scores, timing } = await scoreViews(model, noted(), {
    preprocessing,
    batch: flags.batch,
    transfer: true,
    signal,
    ...(parallel === undefined ? {} : { parallel }),
    onProgress: (done) => onProgress?.(done, clips * crops),
  });
  const { frames, fps } = video.info;
  const short = `the video is shorter than a clip (${frames} frames at ${fps} fps): filled as ${preprocessing.sampling} does`;
  return {
    scores,
    views: `${clips}x${crops}`,
    warnings: [...video.warnings, ...(padded ? [short] : [])],
    timing: {
      total: Math.round(performance.now() - startedAt),
      inference: Math.round(timing.inference),
      waiting: Math.round(timing.waiting),
    },
  };
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

/** Runs of the model for so many videos, as far as flags tell; the preprocessing' ten clips of three crops otherwise. */
export const runsOf = (videos: number, { views, batch }: ScoringFlags): number =>
  (videos * (views ? views.clips * views.crops : 30)) / batch;

/** The preprocessing of a model; throws {@link SpecError} where there is none. */
export function preprocessingOf({ name, metadata }: CompiledModel): Preprocessing {
  if (metadata.preprocessing) return metadata.preprocessing;
  throw new SpecError({
    site: name,
    expected: 'an ONNX file with preprocessing in its metadata',
    received: 'one without',
    remedy: 'Write it with `slowfast export`',
  });
}

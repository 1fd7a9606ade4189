/** @file The options by which commands open and score videos. */
import type { DecoderName, OpenOptions } from '@slowfast/video';
import type { Command } from 'commander';
import type { ScoringOptions } from '../classify/score-video.js';
import { UsageError } from './exit.js';
import { oneOf, viewCounts, wholeNumber } from './model-options.js';

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

/** From flags to how a video is scored. */
export const scoringOptions = (flags: ScoringFlags, signal: AbortSignal): ScoringOptions => ({
  ...(flags.views ? { views: flags.views } : {}),
  batch: flags.batch,
  open: openOptions(flags),
  signal,
});

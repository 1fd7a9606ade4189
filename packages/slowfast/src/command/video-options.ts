/** @file The options by which commands open and score videos. */
import type { DecoderName, OpenOptions } from '@slowfast/video';
import type { CompiledModel } from '@slowfast/core';
import type { Scoring, ScoringOptions } from '../classify/score-video.js';
import { preprocessingOf } from '../model/labels.js';
import { UsageError } from './exit.js';

/** How videos are opened: what the options of the declarations parse to. */
export interface VideoFlags {
  readonly decoder: string;
  readonly rotation: string;
  readonly strict?: boolean;
}

/** What the options of the declarations parse to. */
export interface ScoringFlags extends VideoFlags {
  readonly views?: { readonly clips: number; readonly crops: number };
  readonly batch: number;
}

/** From flags to the options of `openVideo`. */
export const openOptions = ({ decoder, rotation, strict }: VideoFlags): OpenOptions => ({
  decoder: decoder as DecoderName | 'auto',
  rotation: rotation as 'apply' | 'ignore',
  strict: strict === true,
});

/**
 * From flags to how a model scores videos. Throws {@link UsageError} for crops that the model's preprocessing has not, and
 * SpecError for a model without preprocessing.
 */
export function scoringOptions(
  { views, batch, ...flags }: ScoringFlags,
  model: CompiledModel,
  signal: AbortSignal,
): ScoringOptions & Pick<Scoring, 'model' | 'preprocessing'> {
  const preprocessing = preprocessingOf(model);
  if (views && views.crops !== 1 && preprocessing.stretch) {
    throw new UsageError(
      `--views: expected 1 crop, as in ${views.clips}x1, since the model's preprocessing stretches frames to its input, ` +
        `received ${views.clips}x${views.crops}`,
    );
  }
  const open = openOptions(flags);
  return { ...(views ? { views } : {}), model, preprocessing, batch, open, signal };
}

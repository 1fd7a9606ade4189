/** @file The options by which commands open and score videos. */
import type { DecoderName, OpenOptions } from '@slowfast/video';
import type { ScoringOptions } from '../classify/score-video.js';

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

/** From flags to how a video is scored. */
export const scoringOptions = (flags: ScoringFlags, signal: AbortSignal): ScoringOptions => ({
  ...(flags.views ? { views: flags.views } : {}),
  batch: flags.batch,
  open: openOptions(flags),
  signal,
});

/** @file What the thread that makes views and the one that uses them say to each other. */
import { MediaError, type ErrorDetails } from '@slowfast/core';
import type { Timeline, VideoInfo, VideoSource, View, ViewProgress } from '../types.js';
import type { ViewPlan, ViewPreprocessing } from '../views/plan.js';

/** What a worker is started with: plain data. */
export interface WorkerJob {
  readonly path: string;
  readonly source: VideoSource;
  readonly info: VideoInfo;
  readonly timeline: Timeline;
  readonly preprocessing: ViewPreprocessing;
  readonly plan: ViewPlan;
  readonly prefetch: number;
  /** Whether anybody listens to progress. */
  readonly progress: boolean;
}

/** From the user: one more view may be made; stop. */
export type ToWorker = 'more' | 'stop';

/** An error as plain data: structured cloning would lose its class. */
export type PlainError =
  | { readonly kind: 'media'; readonly details: Omit<ErrorDetails, 'cause'> }
  | { readonly kind: 'other'; readonly name: string; readonly message: string };

/** From the worker. */
export type FromWorker =
  | { readonly type: 'view'; readonly view: View }
  | { readonly type: 'progress'; readonly progress: ViewProgress }
  | { readonly type: 'end'; readonly warnings: readonly string[] }
  | { readonly type: 'error'; readonly error: PlainError };

/** To plain data. */
export function plainError(error: unknown): PlainError {
  if (error instanceof MediaError) {
    const { site, expected, received, remedy } = error;
    return { kind: 'media', details: { site, expected, received, ...(remedy ? { remedy } : {}) } };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'other', name, message };
}

/** And back. */
export function revivedError(plain: PlainError): Error {
  if (plain.kind === 'media') return new MediaError(plain.details);
  const error = new Error(plain.message);
  error.name = plain.name;
  return error;
}

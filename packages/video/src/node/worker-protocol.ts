/** @file What the thread that makes views and the one that uses them say to each other. */
import type { PlainError } from '@slowfast/core';
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

/** From the worker. */
export type FromWorker =
  | { readonly type: 'view'; readonly view: View }
  | { readonly type: 'progress'; readonly progress: ViewProgress }
  | { readonly type: 'end'; readonly warnings: readonly string[] }
  | { readonly type: 'error'; readonly error: PlainError };

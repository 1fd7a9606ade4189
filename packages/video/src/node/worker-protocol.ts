/** @file What the thread that makes views and the one that uses them say to each other. */
import type { PlainError } from '@slowfast/core';
import type { Timeline, VideoInfo, VideoSource, View, ViewProgress } from '../types.js';
import type { KeyFrameView } from '../views/key-frame-stream.js';
import type { ViewPlan, ViewPreprocessing } from '../views/plan.js';

/** What is made of a video. */
export type WorkerTask =
  | {
      readonly kind: 'views';
      readonly preprocessing: ViewPreprocessing;
      readonly plan: ViewPlan;
    }
  | {
      readonly kind: 'key-frames';
      readonly preprocessing: ViewPreprocessing;
      readonly times: readonly number[];
    };

/** What comes of a task, one by one. */
export type ViewOf<T extends WorkerTask> = T['kind'] extends 'views' ? View : KeyFrameView;

/** What a worker is given to do: plain data. */
export interface WorkerJob {
  readonly path: string;
  readonly source: VideoSource;
  readonly info: VideoInfo;
  readonly timeline: Timeline;
  readonly task: WorkerTask;
  readonly prefetch: number;
  /** Whether anybody listens to progress. */
  readonly progress: boolean;
}

/** From the user: a job, once the one before has ended; one more view may be made; end the job; end. */
export type ToWorker =
  | { readonly type: 'job'; readonly job: WorkerJob }
  | { readonly type: 'more' }
  | { readonly type: 'stop' }
  | { readonly type: 'close' };

/** From the worker; `end` or `error` is the last of a job, of one that was stopped, too. */
export type FromWorker =
  | { readonly type: 'view'; readonly view: View | KeyFrameView }
  | { readonly type: 'progress'; readonly progress: ViewProgress }
  | { readonly type: 'end'; readonly warnings: readonly string[] }
  | { readonly type: 'error'; readonly error: PlainError };

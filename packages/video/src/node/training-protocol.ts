/** @file What the threads that make training clips and their user say to each other. */
import type { PlainError } from '@slowfast/core';
import type { Augmentation, TrainingClipsOptions } from '../training/options.js';
import type { Sample, SampleJob } from '../training/sample.js';

/** What a thread is started with: plain data. */
export interface TrainerSetup {
  readonly options: Augmentation;
  readonly open: NonNullable<TrainingClipsOptions['open']>;
}

/** To the thread. */
export type ToTrainer =
  | { readonly type: 'make'; readonly id: number; readonly job: SampleJob }
  | { readonly type: 'stop' };

/** From the thread. */
export type FromTrainer =
  | { readonly type: 'sample'; readonly id: number; readonly sample: Sample }
  | { readonly type: 'error'; readonly id: number; readonly error: PlainError };

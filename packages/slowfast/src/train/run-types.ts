/** @file What a training run takes and gives. */

import type { TrainingProgress } from '@slowfast/training';

/** What came of a run. */
export interface RunSummary {
  readonly folder: string;
  readonly weights: string;
  /** The same as a model for the other commands. */
  readonly onnx: string;
  readonly report: string;
  readonly parameters: number;
  /** Multiply-adds of convolutions and linear layers, for one clip. */
  readonly multiplyAdds: number;
  readonly steps: number;
  readonly epochs: number;
  readonly best?: { readonly epoch: number; readonly value: number };
  /** Of the test list, with the views of the preprocessing: `top1`, `top5`, `mAP`, and the like. */
  readonly evaluation?: { readonly metrics: Readonly<Record<string, number>> };
  readonly broken: readonly string[];
}

/** Options of a run. */
export interface RunOptions {
  /** Goes on from the last checkpoint in the output folder; default false: there must be none. */
  readonly resume?: boolean;
  /** Ends the run after a last checkpoint; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with how far the run is, several times an epoch. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called with what is wrong but can be worked with, a sentence each. */
  readonly onWarning?: (text: string) => void;
  /** Called with what became of the checkpoint that training starts from, line by line. */
  readonly onNote?: (text: string) => void;
}

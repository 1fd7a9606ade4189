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
  /** Shares of the time spent waiting for clips: in the first epoch, which decodes them, and in the later ones. */
  readonly waiting: { readonly first: number; readonly later?: number };
  /** Entries of a PySlowFast configuration that the run does not follow, each with its value. */
  readonly notCarriedOver?: readonly string[];
}

/** Epochs of multigrid training whose clips have the same frames. */
export interface PhasePlan {
  /** From this epoch to before that one. */
  readonly from: number;
  readonly until: number;
  readonly frames: number;
  readonly stepsPerEpoch: number;
  /** Crops and clips of the steps of an epoch, in turns. */
  readonly shapes: readonly {
    readonly size: readonly [height: number, width: number];
    readonly clips: number;
  }[];
}

/** What multigrid training would be. */
export interface GridPlan {
  readonly phases: readonly PhasePlan[];
  readonly steps: number;
  /** Those of the recipe without it. */
  readonly plainSteps: number;
  /** The arithmetic of all steps, in steps of the recipe without it. */
  readonly wholeSteps: number;
  /** Arithmetic of the recipe without it over this. */
  readonly speedUp: number;
}

/** Options of a run. */
export interface RunOptions {
  /** Entries that replace those of a PySlowFast configuration, as its command line has them: `['NUM_GPUS', '1']`. */
  readonly entries?: readonly string[];
  /** Goes on from the last checkpoint in the output folder; default false: there must be none. */
  readonly resume?: boolean;
  /** Ends the run after a last checkpoint; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with how far the run is, several times an epoch. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called with clips whose features a probe has, and clips altogether. */
  readonly onFeatures?: (done: number, total: number) => void;
  /** Called with what is wrong but can be worked with, a sentence each. */
  readonly onWarning?: (text: string) => void;
  /** Called with what became of the checkpoint that training starts from, line by line. */
  readonly onNote?: (text: string) => void;
}

/** The parameters of a stage that are trained, or those that are not. */
export interface PartPlan {
  /** `slow.res4`, `head`. */
  readonly part: string;
  readonly trained: boolean;
  readonly tensors: number;
  /** Numbers in them. */
  readonly parameters: number;
}

/** What a run would be. */
export interface TrainingPlan {
  readonly parts: readonly PartPlan[];
  readonly device: string;
  /** The most memory that this process held, with all that it had loaded. */
  readonly memoryBytes: number;
  /** Stages that are computed twice to keep to `train.memory`. */
  readonly twice: readonly string[];
  /** What decoded frames may come to, of which these steps kept few. */
  readonly cacheBytes: number;
  /** Clips of a step. */
  readonly batch: number;
  /** Of the first epoch. */
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly steps: number;
  /** Of multigrid training; `batch` and `seconds` are those of whole clips. */
  readonly multigrid?: GridPlan;
  /** Of one step: computing, and waiting for clips that are decoded for the first time. */
  readonly seconds: { readonly step: number; readonly waiting: number };
  /** What a probe computes once, before the steps. */
  readonly features?: { readonly clips: number; readonly bytes: number; readonly hours: number };
  /** Of all steps, features before them included; evaluations are not counted. */
  readonly hours: number;
  /** Videos that could not be used. */
  readonly broken: readonly string[];
  /** As in {@link RunSummary}. */
  readonly notCarriedOver?: readonly string[];
}

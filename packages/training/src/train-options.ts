/** @file What a training run is asked for, what it tells on its way, and what comes of it. */
import type { WeightStore } from '@slowfast/core';
import type { Checkpoint, Progress } from './checkpoints/checkpoint.js';
import type { RunFolder } from './checkpoints/run-folder.js';
import type { ClipSource } from './clip-source.js';
import type { MetricsLog } from './metrics.js';
import type { GridPhase } from './multigrid/multigrid.js';
import type { Schedule } from './schedule.js';
import type { TrainingModel } from './training-model.js';
import type { StepSetup } from './training-step.js';

/** What an evaluation found. */
export interface Evaluation {
  /** Numbers by name: `top1`, `top5`, `mAP`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Rows: the true class; columns: the class with the highest score. */
  readonly confusion?: readonly (readonly number[])[];
  /** Of each class, where videos have several; `null` for one that no video has. */
  readonly averagePrecision?: readonly (number | null)[];
}

/** How a run is evaluated. */
export interface EvaluationPlan<I extends string> {
  /** Epochs between evaluations; the last epoch is always evaluated. Default 1. */
  readonly every?: number;
  /** The metric whose highest value says which weights are the best; default `top1`. */
  readonly best?: string;
  /** Evaluates the model as it is; must not change it. */
  run(model: Pick<TrainingModel<I, 'scores'>, 'run'>): Promise<Evaluation>;
}

/** Where a run is, for a person to see. */
export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  /** Epochs done, as a fraction. */
  readonly epoch: number;
  readonly epochs: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  /** Of the last epoch and this one. */
  readonly clipsPerSecond: number;
  /** Share of their time spent waiting for data. */
  readonly waiting: number;
  /** Milliseconds that are left, by their pace. */
  readonly left: number;
}

/** Options of `train`. */
export interface TrainOptions<I extends string> extends Omit<StepSetup<I>, 'accumulate'> {
  readonly clips: ClipSource;
  readonly schedule: Schedule;
  readonly epochs: number;
  /** Clips of a forward pass, over which batch norm takes its statistics. */
  readonly batch: number;
  /** Batches whose gradients make one step; default 1. */
  readonly accumulate?: number;
  /** Of `multigrid`, whose epochs and schedule go with them; the model then has a graph for each of their shapes. */
  readonly phases?: readonly GridPhase[];
  /** Decay of an average of the weights, which is then what is evaluated and kept; default: none. */
  readonly ema?: number;
  /** Batches from which running statistics are computed before each evaluation; default 0: they stay. */
  readonly preciseBatchNorm?: number;
  readonly evaluation?: EvaluationPlan<I>;
  /** Where checkpoints go; default: nowhere. */
  readonly folder?: RunFolder;
  /** Epochs between checkpoints; default 1. */
  readonly checkpointEpochs?: number;
  /**
   * Steps between checkpoints within an epoch; `auto`: as few as keep the writing below a fiftieth of the
   * time. Default: none.
   */
  readonly checkpointSteps?: number | 'auto';
  /** The moment to go on from. */
  readonly resume?: Checkpoint;
  /** Where that is kept, for what is said when the run stops before the next one. */
  readonly resumePath?: string;
  readonly log?: MetricsLog;
  /** Metadata for the files of weights: the model and its preprocessing. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Stops after the current step; a checkpoint is written first. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** What came of a run. */
export interface TrainResult {
  /** The weights that were evaluated last: averaged, with precise statistics, where asked for. */
  readonly weights: WeightStore;
  readonly progress: Progress;
  /** The last evaluation. */
  readonly evaluation?: Evaluation;
}

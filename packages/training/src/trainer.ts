/** @file The loop of a training run: epochs, steps, evaluations, checkpoints. */
import {
  checkArguments,
  memoryStore,
  SpecError,
  type HostTensor,
  type WeightStore,
} from '@slowfast/core';
import type { Checkpoint, Progress } from './checkpoints/checkpoint.js';
import type { RunFolder } from './checkpoints/run-folder.js';
import { BatchReader, type ClipBatch, type ClipSource } from './clip-source.js';
import type { GridPhase } from './multigrid/multigrid.js';
import { runPlan, type EpochPlan, type RunPlan, type StepPlan } from './multigrid/run-plan.js';
import { metricsList, type MetricsLog } from './metrics.js';
import { firstNotFinite, notFinite } from './not-finite.js';
import { preciseStatistics } from './precise-batch-norm.js';
import { runClock, type RunClock } from './run-clock.js';
import type { Schedule } from './schedule.js';
import type { TrainingModel } from './training-model.js';
import { trainingStep, type StepResult, type StepSetup } from './training-step.js';
import { weightAverage, type WeightAverage } from './weight-average.js';

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

/** Options of {@link train}. */
export interface TrainOptions<I extends string> extends Omit<StepSetup<I>, 'accumulate'> {
  readonly clips: ClipSource;
  readonly schedule: Schedule;
  readonly epochs: number;
  /** Clips of a forward pass, over which batch norm takes its statistics. */
  readonly batch: number;
  /** Batches whose gradients make one step; default 1. */
  readonly accumulate?: number;
  /** Of {@link multigrid}, whose epochs and schedule go with them; the model then has a graph for each of their shapes. */
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

/** Time between checkpoints over the time that one takes. */
const WRITING_SHARE = 50;

const START: Progress = {
  step: 0,
  epoch: 0,
  stepInEpoch: 0,
  position: 0,
  sums: { loss: 0, hits: 0, clips: 0 },
};

/**
 * Trains a model whose `scores` are logits. With the same seed and clips a run gives the same losses on the
 * same backend, interrupted and resumed or not. Clips that do not fill a step at the end of an epoch are
 * left out. Rejects with RuntimeError when the loss is no longer finite, and with the signal's reason.
 */
export async function train<I extends string>(options: TrainOptions<I>): Promise<TrainResult> {
  checkArguments('train', { options: [options, 'object'] });
  for (const name of ['epochs', 'batch', 'accumulate'] as const) {
    const value = options[name] ?? 1;
    if (Number.isInteger(value) && value >= 1) continue;
    throw new SpecError({
      site: name,
      expected: 'a whole number of at least 1',
      received: `${value}`,
    });
  }
  const run = new TrainingRun(options);
  return run.toTheEnd();
}

class TrainingRun<I extends string> {
  readonly #options: TrainOptions<I>;
  readonly #setup: StepSetup<I>;
  readonly #log: MetricsLog;
  readonly #average: WeightAverage | undefined;
  readonly #plan: RunPlan;
  readonly #clock: RunClock = runClock();
  #progress: Progress;
  #lastGood: string | undefined;
  #saved: Progress | undefined;
  /** When the last checkpoint was there, and what it took. */
  #writing = { endedAt: performance.now(), took: 0 };

  constructor(options: TrainOptions<I>) {
    const { model, optimizer, ema, resume, clips } = options;
    this.#options = options;
    this.#plan = runPlan({ ...options, length: clips.length });
    this.#setup = { ...options, accumulate: this.#plan.passes };
    this.#log = options.log ?? metricsList();
    this.#progress = resume?.progress ?? START;
    this.#lastGood = options.resumePath;
    if (resume) {
      model.assign(resume.weights);
      optimizer.restore(resume.optimizer);
    }
    if (ema === undefined) return;
    this.#average = weightAverage(model.parameters, ema, this.#progress.step);
    if (resume?.average) this.#average.restore(resume.average);
  }

  async toTheEnd(): Promise<TrainResult> {
    await this.#log.rewind(this.#progress);
    let last: { weights: WeightStore; evaluation?: Evaluation } | undefined;
    while (this.#progress.epoch < this.#options.epochs) {
      await this.#epoch();
      last = await this.#afterEpoch();
    }
    const { weights, evaluation } = last ?? (await this.#settled());
    return { weights, progress: this.#progress, ...(evaluation ? { evaluation } : {}) };
  }

  async #epoch(): Promise<void> {
    const { clips, signal } = this.#options;
    const { epoch, position } = this.#progress;
    const plan = this.#plan.epoch(epoch);
    const { shapeAt } = plan;
    const asked = { from: position, ...(shapeAt ? { shapeAt } : {}) };
    const reader = new BatchReader(clips.epoch(epoch, asked));
    try {
      while (this.#progress.stepInEpoch < plan.steps) {
        if (signal?.aborted) await this.#stop(signal);
        const step = plan.step(this.#progress.stepInEpoch);
        const group = await this.#group(reader, step);
        if (!group) break;
        await this.#step(group, step, plan);
        if (this.#isCheckpointDue()) await this.#save();
      }
    } finally {
      await reader.close();
    }
    if (this.#progress.sums.clips === 0) {
      throw new SpecError({
        site: `epoch ${epoch}`,
        expected: 'clips to train on',
        received: 'none that could be used',
      });
    }
  }

  #isCheckpointDue(): boolean {
    const { checkpointSteps } = this.#options;
    if (checkpointSteps === undefined) return false;
    if (checkpointSteps !== 'auto') return this.#progress.step % checkpointSteps === 0;
    const { endedAt, took } = this.#writing;
    return performance.now() - endedAt >= WRITING_SHARE * took;
  }

  /** The batches of a step; fewer clips than a step has only where there are no more for it. */
  async #group(
    reader: BatchReader,
    { batch: size, passes, until }: StepPlan,
  ): Promise<readonly ClipBatch[] | undefined> {
    const { signal } = this.#options;
    const group: ClipBatch[] = [];
    const before = reader.waited;
    try {
      while (group.length < passes) {
        const batch = await reader.next(size, until);
        if (!batch) break;
        group.push(batch);
      }
    } catch (error) {
      if (signal?.aborted) await this.#stop(signal);
      throw error;
    } finally {
      this.#clock.waited(reader.waited - before);
    }
    if (until !== undefined) return group;
    const isFull = group.length === passes && group.at(-1)!.labels.length === size;
    const isOnly = this.#progress.stepInEpoch === 0 && group.length > 0;
    return isFull || isOnly ? group : undefined;
  }

  async #step(
    group: readonly ClipBatch[],
    { until }: StepPlan,
    { steps: ofEpoch }: EpochPlan,
  ): Promise<void> {
    const { schedule, onProgress, epochs } = this.#options;
    const before = this.#progress;
    const stepInEpoch = before.stepInEpoch + 1;
    if (group.length === 0) {
      this.#progress = { ...before, stepInEpoch, position: until! };
      return;
    }
    const at = before.epoch + before.stepInEpoch / ofEpoch;
    const learningRate = schedule(at);
    const result = await trainingStep(this.#setup, group, before.step, learningRate);
    this.#checkFinite(result, at, learningRate);
    this.#average?.update();
    this.#clock.trained(result.clips);
    const { sums } = before;
    this.#progress = {
      ...before,
      step: before.step + 1,
      stepInEpoch,
      position: until ?? group.at(-1)!.next,
      sums: {
        loss: sums.loss + result.loss * result.clips,
        hits: sums.hits + result.hits,
        clips: sums.clips + result.clips,
      },
    };
    const { step, sums: now } = this.#progress;
    const epoch = before.epoch + stepInEpoch / ofEpoch;
    const norm = result.gradientNorm;
    await this.#log.add({
      kind: 'step',
      step,
      epoch,
      loss: result.loss,
      accuracy: result.hits / result.clips,
      learningRate,
      ...(norm === undefined ? {} : { gradientNorm: norm }),
    });
    const { steps } = this.#plan;
    const left = steps - this.#plan.stepsBefore(before.epoch) - stepInEpoch;
    onProgress?.({
      step,
      steps,
      epoch,
      epochs,
      loss: now.loss / now.clips,
      accuracy: now.hits / now.clips,
      learningRate,
      ...this.#clock.pace(left),
    });
  }

  #checkFinite(result: StepResult, epoch: number, learningRate: number): void {
    const { loss, gradientNorm = 0 } = result;
    const lastGood = this.#lastGood;
    const at = {
      step: this.#progress.step + 1,
      epoch,
      learningRate,
      ...(lastGood ? { lastGood } : {}),
    };
    if (!Number.isFinite(loss)) throw notFinite('loss', loss, at);
    if (!Number.isFinite(gradientNorm)) throw notFinite('gradient norm', gradientNorm, at);
  }

  async #afterEpoch(): Promise<{ weights: WeightStore; evaluation?: Evaluation }> {
    const { sums, step, best } = this.#progress;
    const epoch = this.#progress.epoch + 1;
    this.#progress = { ...START, step, epoch, ...(best ? { best } : {}) };
    const { clipsPerSecond, waiting } = this.#clock.endEpoch();
    await this.#log.add({
      kind: 'epoch',
      step,
      epoch,
      loss: sums.loss / sums.clips,
      accuracy: sums.hits / sums.clips,
      clipsPerSecond,
      waiting,
    });
    const { evaluation, epochs, checkpointEpochs = 1 } = this.#options;
    const isLast = epoch === epochs;
    const due = isLast || (evaluation && epoch % (evaluation.every ?? 1) === 0);
    const settled = due ? await this.#settled() : undefined;
    if (isLast || epoch % checkpointEpochs === 0) await this.#save();
    return settled ?? { weights: memoryStore([]) };
  }

  /** The weights as they are used later, evaluated; training goes on from those before. */
  async #settled(): Promise<{ weights: WeightStore; evaluation?: Evaluation }> {
    const { model, clips, feeds, batch, preciseBatchNorm = 0, evaluation } = this.#options;
    const { epoch, step } = this.#progress;
    this.#clock.pause();
    const raw = await allTensors(model.weights());
    try {
      if (this.#average) model.assign(this.#average.read());
      if (preciseBatchNorm > 0) {
        const plan = { clips, feeds, batch, batches: preciseBatchNorm, epoch };
        model.assign(await preciseStatistics(model, plan));
      }
      const weights = model.weights({
        ...this.#options.metadata,
        epoch: `${epoch}`,
        seed: `${this.#options.seed}`,
      });
      const result = await evaluation?.run(model);
      if (!result) return { weights };
      await this.#log.add({ kind: 'evaluation', step, epoch, ...result });
      await this.#keepBest(result, weights);
      return { weights, evaluation: result };
    } finally {
      model.assign(raw);
      this.#clock.go();
    }
  }

  async #keepBest({ metrics }: Evaluation, weights: WeightStore): Promise<void> {
    const { evaluation, folder } = this.#options;
    const value = metrics[evaluation?.best ?? 'top1'];
    const { best, epoch } = this.#progress;
    if (value === undefined || (best && value <= best.value)) return;
    await folder?.saveWeights('best.safetensors', weights);
    this.#progress = { ...this.#progress, best: { epoch, value } };
  }

  /** Writes a checkpoint of this moment, unless there is one. */
  async #save(): Promise<void> {
    const { folder, model, optimizer, seed, schedule } = this.#options;
    const { step, epoch } = this.#progress;
    if (!folder || this.#progress === this.#saved) return;
    const startedAt = performance.now();
    const weights = await allTensors(model.weights());
    const wrong = firstNotFinite(weights);
    if (wrong !== undefined) {
      const at = { step, epoch, learningRate: schedule(epoch) };
      throw notFinite(`weights of ${wrong}`, Number.NaN, {
        ...at,
        ...(this.#lastGood ? { lastGood: this.#lastGood } : {}),
      });
    }
    const average = this.#average?.read();
    this.#lastGood = await folder.save({
      progress: this.#progress,
      seed,
      weights,
      optimizer: optimizer.state(),
      ...(average ? { average } : {}),
    });
    this.#saved = this.#progress;
    const endedAt = performance.now();
    this.#writing = { endedAt, took: endedAt - startedAt };
  }

  async #stop(signal: AbortSignal): Promise<never> {
    await this.#save();
    throw signal.reason;
  }
}

async function allTensors(store: WeightStore): Promise<ReadonlyMap<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const name of store.names) tensors.set(name, await store.read(name));
  return tensors;
}

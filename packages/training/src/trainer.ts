/** @file The loop of a training run: epochs, steps, evaluations, checkpoints. */
import { checkArguments, memoryStore, SpecError, type WeightStore } from '@slowfast/core';
import type { Progress } from './checkpoints/checkpoint.js';
import { RunCheckpoints, tensorsOf } from './checkpoints/run-checkpoints.js';
import { BatchReader, type ClipBatch } from './clip-source.js';
import { runPlan, type EpochPlan, type RunPlan, type StepPlan } from './multigrid/run-plan.js';
import { metricsList, type MetricsLog } from './metrics.js';
import { notFinite } from './not-finite.js';
import { preciseStatistics } from './precise-batch-norm.js';
import { runClock, type RunClock } from './run-clock.js';
import type { Evaluation, TrainOptions, TrainResult } from './train-options.js';
import { trainingStep, type StepResult, type StepSetup } from './training-step.js';
import { weightAverage, type WeightAverage } from './weight-average.js';

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
  readonly #checkpoints: RunCheckpoints<I>;

  constructor(options: TrainOptions<I>) {
    const { model, optimizer, ema, resume, clips } = options;
    this.#options = options;
    this.#plan = runPlan({ ...options, length: clips.length });
    this.#setup = { ...options, accumulate: this.#plan.passes };
    this.#log = options.log ?? metricsList();
    this.#progress = resume?.progress ?? START;
    this.#checkpoints = new RunCheckpoints(options);
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
        if (this.#checkpoints.isDue(this.#progress.step)) await this.#save();
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
    const { lastGood } = this.#checkpoints;
    const step = this.#progress.step + 1;
    const at = { step, epoch, learningRate, ...(lastGood ? { lastGood } : {}) };
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
    const raw = await tensorsOf(model.weights());
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

  #save(): Promise<void> {
    return this.#checkpoints.save(this.#progress, this.#average);
  }

  async #stop(signal: AbortSignal): Promise<never> {
    await this.#save();
    throw signal.reason;
  }
}

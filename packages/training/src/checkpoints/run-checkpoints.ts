/** @file The checkpoints of a run: when one is due, and what is in it. */
import type { HostTensor, WeightStore } from '@slowfast/core';
import { firstNotFinite, notFinite } from '../not-finite.js';
import type { TrainOptions } from '../train-options.js';
import type { WeightAverage } from '../weight-average.js';
import type { Progress } from './checkpoint.js';

/** Time between checkpoints over the time that one takes. */
const WRITING_SHARE = 50;

/** Writes the checkpoints of a run, where it has a folder. */
export class RunCheckpoints<I extends string> {
  readonly #options: TrainOptions<I>;
  /** Path of the last one. */
  lastGood: string | undefined;
  #saved: Progress | undefined;
  /** When the last one was there, and what it took. */
  #writing = { endedAt: performance.now(), took: 0 };

  constructor(options: TrainOptions<I>) {
    this.#options = options;
    this.lastGood = options.resumePath;
  }

  /** Whether one is due after this step, within an epoch. */
  isDue(step: number): boolean {
    const { checkpointSteps } = this.#options;
    if (checkpointSteps === undefined) return false;
    if (checkpointSteps !== 'auto') return step % checkpointSteps === 0;
    const { endedAt, took } = this.#writing;
    return performance.now() - endedAt >= WRITING_SHARE * took;
  }

  /** Writes one of this moment, unless it is there. Rejects with RuntimeError for weights that are not finite. */
  async save(progress: Progress, average: WeightAverage | undefined): Promise<void> {
    const { folder, model, optimizer, seed, schedule } = this.#options;
    if (!folder || progress === this.#saved) return;
    const startedAt = performance.now();
    const weights = await tensorsOf(model.weights());
    const wrong = firstNotFinite(weights);
    if (wrong !== undefined) {
      const { step, epoch } = progress;
      const { lastGood } = this;
      const at = { step, epoch, learningRate: schedule(epoch), ...(lastGood ? { lastGood } : {}) };
      throw notFinite(`weights of ${wrong}`, Number.NaN, at);
    }
    this.lastGood = await folder.save({
      ...{ progress, seed, weights, optimizer: optimizer.state() },
      ...(average ? { average: average.read() } : {}),
    });
    this.#saved = progress;
    const endedAt = performance.now();
    this.#writing = { endedAt, took: endedAt - startedAt };
  }
}

/** All tensors of a store, by name. */
export async function tensorsOf(store: WeightStore): Promise<ReadonlyMap<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const name of store.names) tensors.set(name, await store.read(name));
  return tensors;
}

/** @file The threads that make training clips: each makes one at a time, whichever is free the next. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { revivedError, internalError } from '@slowfast/core';
import type { Augmentation, TrainingClipsOptions } from '../training/options.js';
import { trainingSample, type Sample, type SampleJob } from '../training/sample.js';
import type { SampleMaker } from '../training/training-clips.js';
import { openFile } from './open.js';
import { stopWorker } from './stop-worker.js';
import type { FromTrainer, ToTrainer, TrainerSetup } from './training-protocol.js';

const MOST_WORKERS = 4;

/** Threads where there can be some, else this one. */
export function sampleMaker(options: Augmentation, from: TrainingClipsOptions): SampleMaker {
  const { workers = Math.min(Math.max(availableParallelism() - 1, 1), MOST_WORKERS) } = from;
  const { open = {}, signal } = from;
  const url = workerUrl(from.workerUrl);
  if (workers === 0 || !url) return onThisThread(options, { open, ...(signal ? { signal } : {}) });
  return new Pool(url, workers, { options, open }, signal);
}

/** Compiled, the worker lies in the package; from TypeScript sources there is none to start. */
function workerUrl(choice: URL | undefined): URL | undefined {
  if (choice) return choice;
  return import.meta.url.endsWith('.ts')
    ? undefined
    : new URL('./training-worker.js', import.meta.url);
}

function onThisThread(
  options: Augmentation,
  { open, signal }: Pick<TrainingClipsOptions, 'open' | 'signal'>,
): SampleMaker {
  const closing = new AbortController();
  const stop = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
  // One after the other: decoding several at once on one thread only takes memory.
  let last: Promise<unknown> = Promise.resolve();
  return {
    concurrency: 1,
    make(job) {
      const sample = last.then(() =>
        trainingSample(job, options, (path) => openFile(path, { ...open, signal: stop }), stop),
      );
      last = sample.catch(() => undefined);
      return sample;
    },
    async close() {
      closing.abort(new Error('the source of clips was closed'));
      await last;
    },
  };
}

interface Task {
  readonly job: SampleJob;
  readonly resolve: (sample: Sample) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly exited: Promise<void>;
  task: Task | undefined;
}

class Pool implements SampleMaker {
  readonly concurrency: number;
  readonly #threads: Thread[];
  readonly #waiting: Task[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);
  #failure: { readonly error: unknown } | undefined;
  #count = 0;

  constructor(url: URL, workers: number, setup: TrainerSetup, signal: AbortSignal | undefined) {
    this.concurrency = workers;
    this.#signal = signal;
    this.#threads = Array.from({ length: workers }, () => this.#start(url, setup));
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  make(job: SampleJob): Promise<Sample> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure.error);
        return;
      }
      this.#waiting.push({ job, resolve, reject });
      this.#assign();
    });
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#fail(new Error('the source of clips was closed'));
    await Promise.all(
      this.#threads.map(({ worker, exited }) =>
        stopWorker<ToTrainer>(worker, { type: 'stop' }, exited),
      ),
    );
  }

  #start(url: URL, setup: TrainerSetup): Thread {
    // No flags of this process: some (--input-type, --conditions) would keep the thread from starting.
    const worker = new Worker(url, { workerData: setup, execArgv: [] });
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: Thread = { worker, exited, task: undefined };
    worker.on('message', (message: FromTrainer) => {
      const { task } = thread;
      thread.task = undefined;
      if (message.type === 'sample') task?.resolve(message.sample);
      else task?.reject(revivedError(message.error));
      this.#assign();
    });
    worker.on('error', (error: unknown) => this.#fail(error));
    worker.on('exit', () => this.#fail(internalError('a training worker ended early')));
    return thread;
  }

  #assign(): void {
    for (const thread of this.#threads) {
      if (this.#waiting.length === 0 || this.#failure) return;
      if (thread.task) continue;
      const task = this.#waiting.shift()!;
      thread.task = task;
      const id = this.#count++;
      thread.worker.postMessage({ type: 'make', id, job: task.job } satisfies ToTrainer);
    }
  }

  /** After this every clip fails: those waiting, those in the making, those to come. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    const reason = this.#failure.error;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    for (const thread of this.#threads ?? []) {
      thread.task?.reject(reason);
      thread.task = undefined;
    }
  }
}

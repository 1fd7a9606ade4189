/** @file The using side of one worker thread. */
import { WorkerCalls, type HostTensor } from '@slowfast/core';
import type { Worker } from 'node:worker_threads';
import type { NamedTensors, ReadyAnswer, WorkerJob, WorkerQuestion } from './protocol.js';

/** A worker thread with one model; it keeps the process alive only while it is asked something. */
export class PoolThread {
  /** Resolves when the model is compiled there; rejects with what kept it from that. */
  readonly ready: Promise<ReadyAnswer>;
  readonly #worker: Worker;
  readonly #calls: WorkerCalls;

  /** Takes over a worker that was just started with a {@link WorkerJob}. */
  constructor(worker: Worker, site: string) {
    this.#worker = worker;
    this.#calls = new WorkerCalls(worker, site);
    this.ready = this.#calls.ask({} satisfies WorkerQuestion) as Promise<ReadyAnswer>;
    // Whoever waits for it sees the failure; nobody may be waiting any more.
    this.ready.catch(() => undefined);
  }

  /** Whether it has ended. */
  get hasFailed(): boolean {
    return this.#calls.hasFailed;
  }

  /** Runs the model there. */
  run(feeds: NamedTensors): Promise<NamedTensors> {
    const copies = Object.entries(feeds).map(([name, feed]) => [name, copied(feed)] as const);
    const question: WorkerQuestion = { feeds: Object.fromEntries(copies) };
    const buffers = copies.map(([, { data }]) => data.buffer as ArrayBuffer);
    return this.#calls.ask(question, buffers) as Promise<NamedTensors>;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A copy to hand over: the caller keeps what is its own, and of a view no more than its part is sent. */
const copied = (tensor: HostTensor): HostTensor =>
  ({ ...tensor, data: tensor.data.slice() }) as HostTensor;

/** Starts a thread. No flags of this process: some (`--input-type`) would keep it from starting. */
export async function startThread(url: URL, job: WorkerJob): Promise<PoolThread> {
  const threads = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:worker_threads');
  return new PoolThread(new threads.Worker(url, { workerData: job, execArgv: [] }), job.name);
}

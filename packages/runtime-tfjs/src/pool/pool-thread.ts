/** @file The using side of one worker thread. */
import { RuntimeError, type HostTensor } from '@slowfast/core';
import type { Worker } from 'node:worker_threads';
import {
  revivedError,
  type FromWorker,
  type NamedTensors,
  type RunRequest,
  type WorkerJob,
} from './protocol.js';

/** What a worker told when it was ready. */
export type ReadyMessage = Extract<FromWorker, { readonly type: 'ready' }>;

interface Waiting {
  resolve(outputs: NamedTensors): void;
  reject(error: unknown): void;
}

/** A worker thread with one model; it keeps the process alive only while it is asked something. */
export class PoolThread {
  /** Settles when the model is compiled there. */
  readonly ready: Promise<ReadyMessage>;
  readonly #worker: Worker;
  readonly #site: string;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #failure: Error | undefined;

  /** Takes over a worker that was just started with a {@link WorkerJob}. */
  constructor(worker: Worker, site: string) {
    this.#worker = worker;
    this.#site = site;
    this.ready = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.#fail(error);
        reject(this.#failure);
      };
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'failed') fail(revivedError(message.error));
        else if (message.type === 'ready') {
          worker.unref();
          resolve(message);
        } else this.#settle(message);
      });
      worker.on('error', (error) => fail(this.#ended(error.message, error)));
      worker.on('exit', (code) => fail(this.#ended(`one that ended with code ${code}`)));
    });
    // Whoever waits for it sees the failure; nobody may be waiting any more.
    this.ready.catch(() => undefined);
  }

  /** Whether it has ended. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Runs the model there. */
  run(feeds: NamedTensors): Promise<NamedTensors> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const copies = Object.entries(feeds).map(([name, feed]) => [name, copied(feed)] as const);
      const request: RunRequest = { id: this.#asked++, feeds: Object.fromEntries(copies) };
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(
        request,
        copies.map(([, { data }]) => data.buffer as ArrayBuffer),
      );
    });
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(message: Extract<FromWorker, { readonly id: number }>): void {
    const waiting = this.#taken(message.id);
    if (message.type === 'result') waiting?.resolve(message.outputs);
    else waiting?.reject(revivedError(message.error));
  }

  #taken(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }

  #ended(received: string, cause?: unknown): RuntimeError {
    return new RuntimeError({
      site: this.#site,
      expected: 'a worker thread that answers',
      received,
      cause,
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const id of [...this.#waiting.keys()]) this.#taken(id)?.reject(this.#failure);
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

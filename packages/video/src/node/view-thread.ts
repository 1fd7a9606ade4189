/** @file Threads that make views. One that has done its video waits a moment for the next: of a list, there mostly is one. */
import { internalError } from '@slowfast/core';
import { Worker } from 'node:worker_threads';
import { outOfMemory } from '../transform/memory.js';
import { stopWorker } from './stop-worker.js';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.js';

// Starting a thread takes as long as a short video.
const IDLE_MS = 2000;

/** The thread itself failed: it did not start, or ended without a word. */
interface Failure {
  readonly type: 'failed';
  readonly error: unknown;
}

const idle = new Set<ViewThread>();

/** A thread for a job, started or taken from those that wait. */
export function viewThread(url: URL, job: WorkerJob): ViewThread {
  const waiting = [...idle].find((thread) => thread.url === url.href);
  const thread = waiting ?? new ViewThread(url);
  thread.start(job);
  return thread;
}

/** A thread that makes the views of one video after the other. */
export class ViewThread {
  readonly url: string;
  readonly #worker: Worker;
  /** In the order in which they came. */
  #messages: (FromWorker | Failure)[] = [];
  #wake: (() => void) | undefined;
  #path = '';
  /** Of the job in hand: the last message was taken. */
  #isDone = true;
  #isOver = false;
  #ending: NodeJS.Timeout | undefined;

  constructor(url: URL) {
    this.url = url.href;
    // No flags of this process: some (--input-type, --conditions) would keep the thread from starting.
    this.#worker = new Worker(url, { execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => this.#push(message));
    this.#worker.on('error', (error: unknown) => {
      const full = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#fail(full ? outOfMemory(this.#path, 'its views', error) : error);
    });
    this.#worker.on('exit', () => this.#fail(internalError('the view worker ended early')));
  }

  /** Begins a job; the one before has to be done. */
  start(job: WorkerJob): void {
    idle.delete(this);
    clearTimeout(this.#ending);
    this.#worker.ref();
    this.#messages = [];
    this.#path = job.path;
    this.#isDone = false;
    this.#post({ type: 'job', job });
  }

  /** One more view may be made. */
  more(): void {
    this.#post({ type: 'more' });
  }

  /** The next message of the job. Rejects with the signal's reason, and if the thread fails. */
  async next(signal?: AbortSignal): Promise<FromWorker> {
    signal?.throwIfAborted();
    if (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal?.addEventListener('abort', wake);
      });
      signal?.throwIfAborted();
    }
    const message = this.#messages.shift();
    if (!message) throw internalError('woken without a message');
    this.#isDone = message.type !== 'view' && message.type !== 'progress';
    if (message.type === 'failed') throw message.error;
    return message;
  }

  /** Ends the job in hand, so that native memory is freed in order, and lets the thread wait for another one. */
  async release(): Promise<void> {
    if (!this.#isDone) {
      await stopWorker<ToWorker>(this.#worker, { type: 'stop' }, this.#rest());
    }
    if (this.#isOver) return;
    idle.add(this);
    // Neither the thread nor the timer keeps the process from ending.
    this.#worker.unref();
    this.#ending = setTimeout(() => {
      idle.delete(this);
      this.#post({ type: 'close' });
    }, IDLE_MS).unref();
  }

  /** Takes what is left of the job. */
  async #rest(): Promise<void> {
    while (!this.#isDone) await this.next().catch(() => {});
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    idle.delete(this);
    clearTimeout(this.#ending);
    this.#push({ type: 'failed', error });
  }

  #push(message: FromWorker | Failure): void {
    this.#messages.push(message);
    this.#wake?.();
  }
}

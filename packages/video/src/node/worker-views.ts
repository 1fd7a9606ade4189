/** @file The using side of the worker thread: starts it, takes its views, ends it. */
import { Worker } from 'node:worker_threads';
import { revivedError, internalError } from '@slowfast/core';
import { outOfMemory } from '../transform/memory.js';
import type { Video } from '../types.js';
import type { ViewsOptions } from '../views/video-plan.js';
import { stopWorker } from './stop-worker.js';
import type { FromWorker, ToWorker, ViewOf, WorkerJob, WorkerTask } from './worker-protocol.js';

const PREFETCH = 2;

/** The thread itself failed: it did not start, or ended without a word. */
interface Failure {
  readonly type: 'failed';
  readonly error: unknown;
}

/** Messages in the order in which they came, one at a time; ends with an error if the thread does. */
class Inbox {
  readonly #messages: (FromWorker | Failure)[] = [];
  #wake: (() => void) | undefined;

  constructor(worker: Worker, path: string, signal: AbortSignal) {
    worker.on('message', (message: FromWorker) => this.#push(message));
    worker.on('error', (error: unknown) => {
      const full = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#push({ type: 'failed', error: full ? outOfMemory(path, 'its views', error) : error });
    });
    worker.on('exit', () => {
      const error = internalError('the view worker ended early');
      this.#push({ type: 'failed', error });
    });
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  async next(signal: AbortSignal): Promise<FromWorker> {
    signal.throwIfAborted();
    if (this.#messages.length === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      signal.throwIfAborted();
    }
    const message = this.#messages.shift();
    if (!message) throw internalError('woken without a message');
    if (message.type === 'failed') throw message.error;
    return message;
  }

  #push(message: FromWorker | Failure): void {
    this.#messages.push(message);
    this.#wake?.();
  }
}

/** Views, or clips around key frames, made in a worker thread. */
export async function* workerViews<const T extends WorkerTask>(
  video: Video,
  task: T,
  url: URL,
  { signal, onProgress, prefetch = PREFETCH }: ViewsOptions,
): AsyncGenerator<ViewOf<T>, void, undefined> {
  const { source, path, info, timeline } = video;
  if (!source) throw internalError('a worker was asked for a video without a source');
  const stop = signal ? AbortSignal.any([signal, video.closed]) : video.closed;
  stop.throwIfAborted();
  const job: WorkerJob = {
    ...{ path, source, info, timeline, task },
    prefetch: Math.max(prefetch, 1),
    progress: onProgress !== undefined,
  };
  // No flags of this process: some (--input-type, --conditions) would keep the thread from starting.
  const worker = new Worker(url, { workerData: job, execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const inbox = new Inbox(worker, path, stop);
  try {
    for (;;) {
      const message = await inbox.next(stop);
      if (message.type === 'end') {
        for (const warning of message.warnings) video.warn(warning);
        return;
      }
      if (message.type === 'error') throw revivedError(message.error);
      if (message.type === 'progress') {
        onProgress?.(message.progress);
        continue;
      }
      worker.postMessage('more' satisfies ToWorker);
      yield message.view as ViewOf<T>;
    }
  } finally {
    await stopWorker<ToWorker>(worker, 'stop', exited);
  }
}

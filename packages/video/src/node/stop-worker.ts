/** @file The end of what a worker thread that decodes has in hand. */
import type { Worker } from 'node:worker_threads';

// A decoder stuck inside native code does not see the request to stop; after this it is terminated.
const GRACE_MS = 5000;

/** Asks a thread to stop, so that native memory is freed in order, and waits until it has. */
export async function stopWorker<T>(worker: Worker, stop: T, ended: Promise<void>): Promise<void> {
  worker.postMessage(stop);
  const timer = setTimeout(() => void worker.terminate(), GRACE_MS);
  await ended;
  clearTimeout(timer);
}

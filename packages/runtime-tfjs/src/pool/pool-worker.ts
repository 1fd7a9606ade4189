/** @file The code of a worker thread: a TF.js of its own, one model, runs as they are asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { internalError, memoryStore, plainError, type WorkerAnswer } from '@slowfast/core';
import { tfjsRuntime } from '../inference/tfjs-runtime.js';
import type { ReadyAnswer, WorkerJob, WorkerQuestion } from './protocol.js';

const port = parentPort;
if (!port) throw internalError('this file is started as a worker thread only');
const { name, graph, weights, options } = workerData as WorkerJob;

const compiled = tfjsRuntime(options)
  .compile({ name, graph }, memoryStore(weights))
  // The backend has them now; what all threads share is freed when the last has let go.
  .finally(() => weights.clear());
// Each question says why it failed; it may fail before the first is asked.
compiled.catch(() => undefined);

port.on('message', ({ id, feeds }: WorkerQuestion & { readonly id: number }) => {
  const answer = (message: WorkerAnswer, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  compiled
    .then(async (model) => {
      const { backend, skipped } = model;
      if (!feeds) return answer({ id, value: { backend, skipped } satisfies ReadyAnswer });
      const value = await model.run(feeds);
      const buffers = Object.values(value).map(({ data }) => data.buffer as ArrayBuffer);
      answer({ id, value }, buffers);
    })
    .catch((error: unknown) => answer({ id, error: plainError(error) }));
});

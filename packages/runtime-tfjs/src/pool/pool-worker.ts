/** @file The code of a worker thread: a TF.js of its own, one model, runs as they are asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { internalError, memoryStore } from '@slowfast/core';
import { tfjsRuntime } from '../inference/tfjs-runtime.js';
import { plainError, type FromWorker, type RunRequest, type WorkerJob } from './protocol.js';

const port = parentPort;
if (!port) throw internalError('this file is started as a worker thread only');
const job = workerData as WorkerJob;

const answer = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

try {
  const { name, graph, weights, options } = job;
  const model = await tfjsRuntime(options).compile({ name, graph }, memoryStore(weights));
  // The backend has them now; what all threads share is freed when the last has let go.
  weights.clear();
  port.on('message', ({ id, feeds }: RunRequest) => {
    model.run(feeds).then(
      (outputs) => {
        const buffers = Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer);
        answer({ type: 'result', id, outputs }, buffers);
      },
      (error: unknown) => answer({ type: 'error', id, error: plainError(error) }),
    );
  });
  answer({ type: 'ready', backend: model.backend, skipped: model.skipped });
} catch (error) {
  answer({ type: 'failed', error: plainError(error) });
}

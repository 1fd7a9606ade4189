/** @file The worker thread: decodes and preprocesses, and hands over finished views without copying. */
import { plainError, internalError } from '@slowfast/core';
import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { keyFrameStream } from '../views/key-frame-stream.js';
import { viewStream } from '../views/stream.js';
import { backends } from './decoders.js';
import { openedVideo } from './video.js';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.js';

async function run(port: MessagePort, job: WorkerJob): Promise<void> {
  const stopping = new AbortController();
  const post = (message: FromWorker): void => port.postMessage(message);
  let credit = job.prefetch;
  port.on('message', (message: ToWorker) => {
    if (message === 'more') credit++;
    else stopping.abort();
  });
  const { source, path, info, timeline, task } = job;
  const [backend] = backends(source.decoder);
  if (!backend) throw internalError(`no decoder ${source.decoder}`);
  const warnings: string[] = [];
  const input = { path, url: `file:${source.path}` };
  const video = openedVideo({ input, backend, timeline, info, warnings, decoding: source, source });
  const onProgress = job.progress
    ? (progress: Extract<FromWorker, { type: 'progress' }>['progress']) =>
        post({ type: 'progress', progress })
    : undefined;
  const { signal } = stopping;
  try {
    const { preprocessing } = task;
    const options = { signal, onProgress };
    const made =
      task.kind === 'views'
        ? viewStream(video, preprocessing, task.plan, options)
        : keyFrameStream(video, preprocessing, task.times, options);
    for await (const view of made) {
      while (credit === 0) await once(port, 'message', { signal });
      credit--;
      port.postMessage({ type: 'view', view } satisfies FromWorker, [
        view.tensor.data.buffer as ArrayBuffer,
      ]);
    }
    post({ type: 'end', warnings });
  } catch (error) {
    if (!signal.aborted) post({ type: 'error', error: plainError(error) });
  } finally {
    port.close();
  }
}

if (parentPort) await run(parentPort, workerData as WorkerJob);

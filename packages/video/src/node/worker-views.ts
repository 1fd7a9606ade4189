/** @file The using side of the worker thread: gives it a video, takes its views. */
import { internalError, revivedError } from '@slowfast/core';
import type { Video } from '../types.js';
import type { ViewsOptions } from '../views/video-plan.js';
import { viewThread } from './view-thread.js';
import type { ViewOf, WorkerTask } from './worker-protocol.js';

const PREFETCH = 2;

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
  const thread = viewThread(url, {
    ...{ path, source, info, timeline, task },
    prefetch: Math.max(prefetch, 1),
    progress: onProgress !== undefined,
  });
  try {
    for (;;) {
      const message = await thread.next(stop);
      if (message.type === 'end') {
        for (const warning of message.warnings) video.warn(warning);
        return;
      }
      if (message.type === 'error') throw revivedError(message.error);
      if (message.type === 'progress') {
        onProgress?.(message.progress);
        continue;
      }
      thread.more();
      yield message.view as ViewOf<T>;
    }
  } finally {
    await thread.release();
  }
}

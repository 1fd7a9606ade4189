/** @file The worker thread: decodes and preprocesses, and hands over finished views without copying. */
import { plainError, internalError } from '@slowfast/core';
import { once } from 'node:events';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { keyFrameStream } from '../views/key-frame-stream.js';
import { viewStream } from '../views/stream.js';
import { backends } from './decoders.js';
import { pictureVideo } from './pictures/picture-video.js';
import { openedVideo } from './video.js';
import type { Video, ViewProgress } from '../types.js';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.js';

/** A job in the making: how many views may be made now, and its end. */
class Making {
  readonly #port: MessagePort;
  readonly #job: WorkerJob;
  readonly #stopping = new AbortController();
  #credit: number;

  constructor(port: MessagePort, job: WorkerJob) {
    this.#port = port;
    this.#job = job;
    this.#credit = job.prefetch;
  }

  more(): void {
    this.#credit++;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    try {
      this.#post({ type: 'end', warnings: await this.#make() });
    } catch (error) {
      this.#post({ type: 'error', error: plainError(error) });
    }
  }

  /** Gives the warnings of the video. */
  async #make(): Promise<readonly string[]> {
    const { task, progress } = this.#job;
    await using video = videoOf(this.#job);
    const { signal } = this.#stopping;
    const onProgress = progress
      ? (progress: ViewProgress) => this.#post({ type: 'progress', progress })
      : undefined;
    const options = { signal, onProgress };
    const made =
      task.kind === 'views'
        ? viewStream(video, task.preprocessing, task.plan, options)
        : keyFrameStream(video, task.preprocessing, task.times, options);
    for await (const view of made) {
      while (this.#credit === 0) await once(this.#port, 'message', { signal });
      this.#credit--;
      this.#post({ type: 'view', view }, [view.tensor.data.buffer as ArrayBuffer]);
    }
    return video.warnings;
  }

  #post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

function videoOf({ source, path, info, timeline }: WorkerJob): Video {
  const { pictures } = source;
  if (pictures) return pictureVideo({ path, info, timeline, source: { ...source, pictures } });
  const [backend] = backends(source.decoder);
  if (!backend) throw internalError(`no decoder ${source.decoder}`);
  const input = { path, url: `file:${source.path}` };
  return openedVideo({ input, backend, timeline, info, warnings: [], decoding: source, source });
}

const port = parentPort;
if (port) {
  let making: Making | undefined;
  port.on('message', (message: ToWorker) => {
    if (message.type === 'more') making?.more();
    else if (message.type === 'stop') making?.stop();
    else if (message.type === 'close') port.close();
    else void (making = new Making(port, message.job)).run();
  });
}

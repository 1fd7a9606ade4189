/** @file The worker: the front door of slowfast, once a second, on the frames of the camera. */
/// <reference lib="webworker" />
import { liveFrames, type WebFrame } from '@slowfast/video';
import { liveClassifier, type Observation } from 'slowfast';

/** What the page is told. */
export interface Answer {
  readonly status: string;
  readonly predictions: Observation['predictions'];
}

const tell = (status: string, predictions: Answer['predictions'] = []): void =>
  self.postMessage({ status, predictions } satisfies Answer);

/** The small model of the package, whose weights lie beside this file. */
const loading = liveClassifier({ weights: 'weights.safetensors' });
let stop = new AbortController();

async function watch(frames: ReadableStream<WebFrame>): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  tell('Loading the model …');
  const classify = await loading;
  for await (const { time, predictions, drops } of classify(liveFrames(frames), { signal })) {
    tell(`${time.toFixed(1)} s, ${drops} frames dropped`, predictions);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<ReadableStream<WebFrame> | 'stop'>) => {
  if (data === 'stop') return stop.abort('Stopped.');
  watch(data).catch((error: unknown) =>
    tell(error instanceof Error ? error.message : String(error)),
  );
});

/** @file The worker: decodes, preprocesses and runs the model, so that the page stays smooth. */
/// <reference lib="webworker" />
import { scoreViews, topPredictions, type Prediction } from '@slowfast/evaluation';
import { loadOnnx } from '@slowfast/runtime-onnx';
import { LiveClips, liveFrames, openVideo, views, type WebFrame } from '@slowfast/video';

/** What the page asks: of a file, or of a camera's frames. */
export type Question = { readonly file: File } | { readonly frames: ReadableStream<WebFrame> };

/** What it is told. */
export interface Answer {
  readonly status: string;
  readonly predictions: readonly Prediction[];
}

const tell = (status: string, predictions: readonly Prediction[] = []): void =>
  self.postMessage({ status, predictions } satisfies Answer);

/** `slowfast export -o public/model.onnx` writes it. */
async function load() {
  const response = await fetch('/model.onnx');
  return loadOnnx(new Uint8Array(await response.arrayBuffer()), { backend: 'web' });
}
const loading = load();

self.addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  try {
    tell('Loading the model …');
    const model = await loading;
    const { preprocessing, labels } = model.metadata;
    if (!preprocessing) throw new Error('model.onnx has no preprocessing: export it by slowfast');
    if ('file' in data) {
      await using video = await openVideo(data.file);
      const counts = { clips: 3, crops: 1 };
      const { scores } = await scoreViews(model, views(video, preprocessing, counts), {
        preprocessing,
        onProgress: (done) => tell(`${done} of 3 clips`),
      });
      tell(video.warnings.join(' '), topPredictions(scores, labels, 5));
      return;
    }
    const clips = new LiveClips({ preprocessing });
    const feeding = (async () => {
      for await (const frame of liveFrames(data.frames)) clips.push(frame);
      clips.end();
    })().catch((error: unknown) => clips.end(error));
    for await (const clip of clips) {
      const one = (async function* () {
        yield clip;
      })();
      const { scores } = await scoreViews(model, one, { preprocessing });
      tell(`${clip.time.toFixed(1)} s`, topPredictions(scores, labels, 5));
    }
    await feeding;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
  }
});

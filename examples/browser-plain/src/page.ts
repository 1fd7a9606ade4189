/** @file The whole page in one ES module. On WebAssembly a run holds up the page; browser-vite has a worker for that. */
/// <reference lib="dom" />
import { scoreViews, topPredictions } from '@slowfast/evaluation';
import { loadOnnx } from '@slowfast/runtime-onnx';
import { LiveClips, liveFrames, openVideo, views, type View } from '@slowfast/video';

const element = (id: string): HTMLElement => document.getElementById(id)!;
const tell = (text: string): void => void (element('status').textContent = text);

/** `slowfast export -o dist/model.onnx` writes it. */
const loading = fetch('model.onnx').then(async (response) =>
  loadOnnx(new Uint8Array(await response.arrayBuffer()), { backend: 'web' }),
);

type Views = AsyncIterable<Pick<View, 'tensor'>>;

async function classify(tensors: Views): Promise<void> {
  const model = await loading;
  const { preprocessing, labels } = model.metadata;
  const { scores } = await scoreViews(model, tensors, { preprocessing: preprocessing! });
  element('classes').replaceChildren(
    ...topPredictions(scores, labels, 5).map(({ label, score }) => {
      const item = document.createElement('li');
      item.textContent = `${label} ${(100 * score).toFixed(1)} %`;
      return item;
    }),
  );
}

async function classifyFile(file: File): Promise<void> {
  const { preprocessing } = (await loading).metadata;
  await using video = await openVideo(file);
  await classify(views(video, preprocessing!, { clips: 3, crops: 1 }));
  tell(video.warnings.join(' '));
}

let camera: MediaStream | undefined;
async function watch(): Promise<void> {
  const { preprocessing } = (await loading).metadata;
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  camera = stream;
  const clips = new LiveClips({ preprocessing: preprocessing! });
  const feeding = (async () => {
    for await (const frame of liveFrames(stream)) clips.push(frame);
    clips.end();
  })().catch((error: unknown) => clips.end(error));
  for await (const clip of clips) {
    await classify(
      (async function* () {
        yield clip;
      })(),
    );
    tell(`${clip.time.toFixed(1)} s`);
  }
  await feeding;
}

const run = (work: Promise<void>): void =>
  void work.catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)));

element('file').addEventListener('change', ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file) run(classifyFile(file));
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) run(classifyFile(file));
});
element('camera').addEventListener('click', () => run(watch()));
element('stop').addEventListener('click', () => {
  for (const track of camera?.getTracks() ?? []) track.stop();
});

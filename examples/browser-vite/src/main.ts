/** @file The page: hands files and the camera to the worker, and shows what it answers. */
/// <reference lib="dom" />
import type { Answer, Question } from './classify.worker.js';

const element = (id: string): HTMLElement => document.getElementById(id)!;
const worker = new Worker(new URL('./classify.worker.ts', import.meta.url), { type: 'module' });
const ask = (question: Question, transfer: Transferable[] = []): void =>
  worker.postMessage(question, transfer);

worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
  element('status').textContent = data.status;
  element('classes').replaceChildren(
    ...data.predictions.map(({ label, score }) => {
      const item = document.createElement('li');
      item.textContent = `${label} ${(100 * score).toFixed(1)} %`;
      return item;
    }),
  );
});

element('file').addEventListener('change', ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file) ask({ file });
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) ask({ file });
});

let camera: MediaStream | undefined;
element('camera').addEventListener('click', async () => {
  camera = await navigator.mediaDevices.getUserMedia({ video: true });
  const [track] = camera.getVideoTracks();
  // The frames go to the worker without passing this thread.
  const { readable } = new MediaStreamTrackProcessor({ track: track!, maxBufferSize: 1 });
  ask({ frames: readable }, [readable]);
});
element('stop').addEventListener('click', () => {
  for (const track of camera?.getTracks() ?? []) track.stop();
});

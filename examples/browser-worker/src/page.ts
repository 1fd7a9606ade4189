/** @file The page: shows the camera, hands its frames to the worker, and shows what it answers. */
/// <reference lib="dom" />
import type { Answer } from './watch.worker.js';

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const tell = (text: string): void => void (element('status').textContent = text);
const worker = new Worker(new URL('./watch.worker.js', import.meta.url), { type: 'module' });

worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
  tell(data.status);
  element('classes').replaceChildren(
    ...data.predictions.map(({ label, score }) => {
      const item = document.createElement('li');
      item.textContent = `${label} ${(100 * score).toFixed(1)} %`;
      return item;
    }),
  );
});

let camera: MediaStream | undefined;

async function start(): Promise<void> {
  camera = await navigator.mediaDevices.getUserMedia({ video: true });
  const preview = element<HTMLVideoElement>('preview');
  preview.srcObject = camera;
  await preview.play();
  const [track] = camera.getVideoTracks();
  // The frames go to the worker without passing this thread. Only Chromium has this; elsewhere frames are taken of the
  // <video> by `liveFrames(preview)` and posted.
  const { readable } = new MediaStreamTrackProcessor({ track: track!.clone(), maxBufferSize: 1 });
  worker.postMessage(readable, [readable]);
}

function stop(): void {
  for (const track of camera?.getTracks() ?? []) track.stop();
  worker.postMessage('stop');
}

element('camera').addEventListener('click', () => {
  start().catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)));
});
element('stop').addEventListener('click', stop);

/// <reference lib="dom" />
/** @file The page of the front door's test: it answers itself, or has its worker answer. */
import type { WebFrame } from '@slowfast/video';
import {
  frontDoor,
  type FrontDoorAnswer,
  type FrontDoorQuestion,
  type PageWeights,
} from './front-door.js';

/** Chromium's, which the compiler does not know. */
declare const MediaStreamTrackProcessor: new (options: {
  readonly track: MediaStreamTrack;
  readonly maxBufferSize: number;
}) => { readonly readable: ReadableStream<WebFrame> };

/** The functions that the page puts on its global object, as `door`. */
export interface FrontDoorPage {
  ask(
    where: 'page' | 'worker',
    path: string,
    views: '2x1' | '1x1',
    weights?: PageWeights,
  ): Promise<FrontDoorAnswer>;
  camera(answers: number): Promise<FrontDoorAnswer>;
}

function askWorker(
  question: FrontDoorQuestion,
  transfer: Transferable[] = [],
): Promise<FrontDoorAnswer> {
  const worker = new Worker('/front-door.worker.js', { type: 'module' });
  return new Promise<FrontDoorAnswer>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data as FrontDoorAnswer);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(question, transfer);
  }).finally(() => worker.terminate());
}

const page: FrontDoorPage = {
  async ask(where, path, views, weights) {
    const file = new File([await (await fetch(path)).blob()], path.slice(1));
    const question = { file, views, ...(weights ? { weights } : {}) };
    return where === 'page' ? frontDoor(question) : askWorker(question);
  },
  async camera(answers) {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const [track] = stream.getVideoTracks();
    const { readable } = new MediaStreamTrackProcessor({ track: track!, maxBufferSize: 1 });
    try {
      return await askWorker({ frames: readable, answers }, [readable]);
    } finally {
      track!.stop();
    }
  },
};

Object.assign(globalThis, { door: page });

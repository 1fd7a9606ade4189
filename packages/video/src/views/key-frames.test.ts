import { fileURLToPath } from 'node:url';
import {
  keyFrameViews,
  openVideo,
  preprocessFrame,
  type KeyFrameView,
  type VideoFrame,
} from '../index.js';

/** Compiled by `npm run build`. */
const WORKER = new URL('../../dist/node/view-worker.js', import.meta.url);

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/arm-wrestling.mp4', import.meta.url),
);
const PREPROCESSING = {
  clip: { frames: 4, stride: 2, fps: 30 },
  sampling: 'pyslowfast',
  resize: 64,
  crop: 64,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'rgb',
  views: { clips: 1, crops: 1, combine: 'mean' },
} as const;

test('clips around key frames hold the whole frames that the preset says', async () => {
  await using video = await openVideo(VIDEO);
  const all: VideoFrame[] = [];
  for await (const frame of video.frames()) all.push(frame);
  const seen: number[] = [];
  for await (const view of keyFrameViews(video, PREPROCESSING, [1, 0, 2])) {
    seen.push(view.time);
    expect(view.frame.time).toBeLessThanOrEqual(view.time + 1e-3);
    expect(view.frame.data).toEqual(all[view.frame.index]!.data);
    const first = preprocessFrame(all[view.frames[0]!]!, PREPROCESSING);
    const { width, height } = first;
    expect(view.tensor.shape).toEqual([1, 3, 4, height, width]);
    expect(Math.min(width, height)).toBe(64);
    view.frames.forEach((index, t) => {
      const { data } = preprocessFrame(all[index]!, PREPROCESSING);
      for (const channel of [0, 1, 2]) {
        const at = (channel * 4 + t) * width * height;
        expect(view.tensor.data.subarray(at, at + width * height)).toEqual(
          data.subarray(channel * width * height, (channel + 1) * width * height),
        );
      }
    });
  }
  expect(seen).toEqual([0, 1, 2]);
});

test('are the same from a worker thread, as are errors', async () => {
  await using video = await openVideo(VIDEO);
  const times = [0, 1, 2, 2.01];
  const from = async (worker: URL | 'off'): Promise<KeyFrameView[]> => {
    const all: KeyFrameView[] = [];
    for await (const view of keyFrameViews(video, PREPROCESSING, times, { worker })) all.push(view);
    return all;
  };
  expect(await from(WORKER)).toEqual(await from('off'));
  const outside = keyFrameViews(video, PREPROCESSING, [1000], { worker: WORKER });
  await expect(outside.next()).rejects.toMatchObject({ name: 'SpecError' });
});

test.each(['off', WORKER] as const)('stops when told to (worker %s)', async (worker) => {
  await using video = await openVideo(VIDEO);
  const stop = new AbortController();
  const views = keyFrameViews(video, PREPROCESSING, [0, 1, 2], {
    ...{ signal: stop.signal, worker },
  });
  await views.next();
  stop.abort(new Error('enough'));
  await expect(views.next()).rejects.toThrow('enough');
});

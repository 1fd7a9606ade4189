import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { openVideo, views } from '@slowfast/video';
import { peakOf } from './activation-maps.js';
import { videoExplainer, type ClipExplanation, type Explanation } from './video-explainer.js';
import { writeExplainedFrames, writeExplainedVideo } from './write.js';

const KICK = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/kick_s09_c50.avi', import.meta.url),
);

/** A window of its own, of every frame from the tenth on. */
const FRAMES = Array.from({ length: 16 }, (_, i) => 10 + i);

let onnx: Explanation;
let window: Explanation;
let clip: ClipExplanation;
beforeAll(async () => {
  await using explain = await videoExplainer();
  onnx = await explain(KICK, { views: '2x1' });
  const samples = [{ frames: FRAMES, padded: false, truncated: false }];
  window = await explain(KICK, { samples, class: 'kick' });
  await using video = await openVideo(KICK);
  for await (const { tensor } of views(video, explain.preprocessing, { samples, crops: 1 })) {
    clip = await explain.clip(tensor, { class: 'kick' });
    const best = await explain.clip(tensor);
    expect(best.class).toEqual(best.predictions[0]);
    await expect(explain.clip({ ...tensor, shape: [1, 3, 8, 1, 1] })).rejects.toThrow(
      'clip: expected a tensor [1, 3, 16, H, W], received [1, 3, 8, 1, 1].',
    );
  }
});

it('explains the best class by the last stage of each pathway', () => {
  expect(onnx.class.label).toBe('kick');
  expect(onnx.class).toEqual(onnx.predictions[0]);
  const shapes = Object.entries(onnx.maps).map(([stage, maps]) => [
    stage,
    maps.map(({ map, frames }) => [map.shape, frames.length]),
  ]);
  expect(shapes).toEqual([
    [
      'slow.res5',
      [
        [[4, 4, 5], 4],
        [[4, 4, 5], 4],
      ],
    ],
    [
      'fast.res5',
      [
        [[16, 4, 5], 16],
        [[16, 4, 5], 16],
      ],
    ],
  ]);
  expect(peakOf(onnx.maps['slow.res5']!)).toBeGreaterThan(0);
});

it('explains a class that is asked for in windows of the caller', () => {
  expect(window.class.label).toBe('kick');
  expect(window.views).toBe('1x1');
  const [slow] = window.maps['slow.res5']!;
  // Slow has four of the sixteen, from the first to the last.
  expect(slow!.frames).toEqual([10, 15, 20, 25]);
  const grey = { width: 8, height: 6, data: new Uint8Array(144).fill(128) };
  const { width, height, data } = window.overlay('slow.res5', grey, 15);
  expect([width, height]).toEqual([8, 6]);
  expect(data).not.toEqual(grey.data);
  expect(() => window.overlay('res9', grey, 12)).toThrow(
    'stage: expected slow.res5, fast.res5, received res9.',
  );
});

it('explains a clip that is at hand as the window that it is, its frames from 0', () => {
  expect(clip.predictions).toEqual(window.predictions);
  const [own, other] = [clip.maps['fast.res5']![0]!, window.maps['fast.res5']![0]!];
  expect(own.map).toEqual(other.map);
  expect(own.frames.map((frame) => frame + 10)).toEqual(other.frames);
  expect(own.area).toEqual([0, 0, 1, 1]);
});

it('sees the same on TensorFlow.js', async () => {
  await using explain = await videoExplainer({ runtime: tfjsRuntime({ backend: 'wasm' }) });
  const { maps, class: found } = await explain(KICK, { views: '2x1', class: 'kick' });
  expect(found.score).toBeCloseTo(onnx.class.score, 5);
  for (const [stage, views] of Object.entries(maps)) {
    const peak = peakOf(onnx.maps[stage]!);
    views.forEach(({ map, frames }, i) => {
      const other = onnx.maps[stage]![i]!;
      expect(frames).toEqual(other.frames);
      const worst = map.data.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - other.map.data[at]!)),
        0,
      );
      expect(worst / peak).toBeLessThan(1e-4);
    });
  }
});

it('is written as a video of all frames and as pictures of those that were looked at', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-explain-'));
  try {
    const signal = new AbortController().signal;
    await using video = await openVideo(KICK);
    await writeExplainedVideo(join(folder, 'seen.mp4'), video, onnx, signal);
    await using seen = await openVideo(join(folder, 'seen.mp4'));
    expect(seen.info).toMatchObject({
      width: 2 * video.info.width,
      height: video.info.height,
      frames: video.info.frames,
    });
    const pictures = await writeExplainedFrames(join(folder, 'frames'), video, onnx, signal);
    expect(pictures).toHaveLength(8);
    expect(await readdir(join(folder, 'frames'))).toHaveLength(8);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('names what is not there', async () => {
  await expect(videoExplainer({ at: ['slow.res9'] })).rejects.toThrow(/The nearest is 'slow.res2'/);
  await expect(videoExplainer({ model: 'model.onnx' })).rejects.toThrow(
    'model: expected a model by name, since maps need its stages, received an .onnx file.',
  );
});

import { float32Tensor } from '@slowfast/core';
import { evaluateVideos } from './evaluation.js';

/** A model that gives its clip as logits. */
const echo = {
  run: async ({ clip }: Record<'clip', { data: unknown }>) => ({
    scores: float32Tensor([1, 3], clip.data as Float32Array),
  }),
};
const feeds = (clip: ReturnType<typeof float32Tensor>) => ({ clip });
const view = (...logits: number[]) => ({
  tensor: float32Tensor([1, 3], Float32Array.from(logits)),
});

it('averages probabilities, not logits, over the views of a video', async () => {
  const videos = [
    // The logits' mean is highest for class 2; the probabilities' for class 0.
    { path: 'a', labels: [0], views: [view(2, 0, 0), view(0, 0, 1), view(1, 0, 0)] },
    { path: 'b', labels: [1], views: [view(0, 0, 3)] },
  ];
  const seen: string[] = [];
  const { metrics, confusion } = await evaluateVideos(echo, videos, {
    feeds,
    classes: 3,
    onVideo: ({ path }) => void seen.push(path),
  });
  expect(metrics).toEqual({ videos: 2, top1: 0.5, meanClassAccuracy: 0.5 });
  expect(confusion).toEqual([
    [1, 0, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  expect(seen).toEqual(['a', 'b']);
});

it('gives mean average precision for several classes a video, without classes that none has', async () => {
  const videos = [
    { path: 'a', labels: [0], views: [view(3, 0, 0)] },
    { path: 'b', labels: [1], views: [view(2, 1, 0)] },
    { path: 'c', labels: [0, 1], views: [view(1, 2, 0)] },
  ];
  const { metrics } = await evaluateVideos(echo, videos, {
    feeds,
    classes: 3,
    kind: 'binary-cross-entropy',
  });
  // Class 0: positives at ranks 1 and 3: (1 + 2/3) / 2; class 1: at ranks 1 and 2: 1.
  expect(metrics.mAP).toBeCloseTo(((1 + 2 / 3) / 2 + 1) / 2, 10);
});

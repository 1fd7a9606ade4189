import { float32Tensor } from '@slowfast/core';
import { batchFeeds, pathwayFeeds } from './index.js';

const PREPROCESSING = {
  clip: { frames: 4, stride: 1, fps: 30 },
  pathways: {
    slow: { frames: 2, rule: 'linspace' },
    fast: { frames: 4, rule: 'linspace' },
  },
} as const;

/** A clip of two channels, or several, whose numbers tell channel and frame. */
const clips = (...values: number[]) =>
  float32Tensor(
    [values.length, 2, 4, 1, 1],
    Float32Array.from(values.flatMap((v) => [0, 1, 2, 3, 4, 5, 6, 7].map((t) => v + t))),
  );

it('gives each pathway its frames of every clip of a batch', () => {
  const batch = clips(0, 10);
  const { slow, fast } = pathwayFeeds(['slow', 'fast'], PREPROCESSING)(batch);
  expect(slow.shape).toEqual([2, 2, 2, 1, 1]);
  expect([...slow.data]).toEqual([0, 3, 4, 7, 10, 13, 14, 17]);
  expect(fast).toBe(batch);
  // One by one they make the same batch.
  const apart = batchFeeds(['slow', 'fast'], PREPROCESSING, [clips(0), clips(10)]);
  expect(apart).toEqual({ slow, fast });
});

it('refuses clips of another length', () => {
  const feeds = pathwayFeeds(['clip'], { clip: { frames: 8, stride: 1, fps: 30 }, pathways: {} });
  expect(() => feeds(clips(0))).toThrow(
    'clip: expected 8 frames, as the preprocessing says, received [1, 2, 4, 1, 1].',
  );
});

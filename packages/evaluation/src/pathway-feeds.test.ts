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

it('gives a pathway that hears the sounds of the clips, and says where there are none', () => {
  const preprocessing = {
    ...PREPROCESSING,
    pathways: { ...PREPROCESSING.pathways, audio: { frames: 2, rule: 'linspace', input: 'sound' } },
  } as const;
  const sound = (value: number) =>
    float32Tensor([1, 1, 2, 1, 2], Float32Array.of(value, value + 1, value + 2, value + 3));
  const both = [clips(0), clips(10)];
  const { audio } = batchFeeds(['slow', 'audio'], preprocessing, both, [sound(0), sound(7)]);
  expect(audio).toEqual(float32Tensor([2, 1, 2, 1, 2], Float32Array.of(0, 1, 2, 3, 7, 8, 9, 10)));
  const remedy = 'Give videos with sound where they can be heard, or take a model that only sees.';
  expect(() => pathwayFeeds(['audio'], preprocessing)(clips(0))).toThrow(
    `the pathway audio: expected the sound of every clip, which it hears, received pictures alone. ${remedy}`,
  );
  expect(() => batchFeeds(['audio'], preprocessing, both, [sound(0)])).toThrow(
    `the pathway audio: expected the sound of every clip, which it hears, received 1 for 2 clips. ${remedy}`,
  );
});

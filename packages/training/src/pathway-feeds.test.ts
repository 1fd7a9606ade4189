import { float32Tensor } from '@slowfast/core';
import { batchOf } from './clip-source.js';
import { pathwayFeeds } from './pathway-feeds.js';

const clip = (value: number) => ({
  tensor: float32Tensor(
    [1, 1, 4, 1, 1],
    Float32Array.from([0, 1, 2, 3], (t) => value + t),
  ),
  labels: [value],
  position: value,
});

it('gives each pathway its frames of every clip of a batch', () => {
  const { clips, labels, next } = batchOf([clip(0), clip(10)]);
  const feeds = pathwayFeeds(['slow', 'fast'], {
    clip: { frames: 4, stride: 1, fps: 30 },
    pathways: { slow: { frames: 2, rule: 'linspace' }, fast: { frames: 4, rule: 'linspace' } },
  });
  const { slow, fast } = feeds(clips);
  expect(slow.shape).toEqual([2, 1, 2, 1, 1]);
  expect([...slow.data]).toEqual([0, 3, 10, 13]);
  expect(fast).toBe(clips);
  expect(labels).toEqual([[0], [10]]);
  expect(next).toBe(11);
});

it('refuses clips of another length or of several shapes', () => {
  const feeds = pathwayFeeds(['clip'], { clip: { frames: 8, stride: 1, fps: 30 }, pathways: {} });
  expect(() => feeds(clip(0).tensor)).toThrow(
    'clip: expected 8 frames, as the preprocessing says, received [1, 1, 4, 1, 1].',
  );
  const other = { ...clip(0), tensor: float32Tensor([1, 1, 2, 1, 1], new Float32Array(2)) };
  expect(() => batchOf([clip(0), other])).toThrow(
    'batch: expected clips of one shape, [1, 1, 4, 1, 1], received [1, 1, 2, 1, 1].',
  );
});

import { float32Tensor } from '@slowfast/core';
import { batchOf } from './clip-source.js';

const clip = (value: number, frames = 2) => ({
  tensor: float32Tensor([1, 1, frames, 1, 1], new Float32Array(frames).fill(value)),
  labels: [value],
  position: value,
});

it('puts clips of one shape into a batch, with what comes after the last', () => {
  const { clips, labels, next } = batchOf([clip(0), clip(10)]);
  expect(clips.shape).toEqual([2, 1, 2, 1, 1]);
  expect([...clips.data]).toEqual([0, 0, 10, 10]);
  expect(labels).toEqual([[0], [10]]);
  expect(next).toBe(11);
  expect(() => batchOf([clip(0), clip(1, 4)])).toThrow(
    'batch: expected clips of one shape, [1, 1, 2, 1, 1], received [1, 1, 4, 1, 1].',
  );
});

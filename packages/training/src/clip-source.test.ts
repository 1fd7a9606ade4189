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

it('keeps what is heard beside what is seen', () => {
  const heard = (value: number) => ({
    ...clip(value),
    sound: float32Tensor([1, 1, 3, 1, 1], new Float32Array(3).fill(-value)),
  });
  const { sounds } = batchOf([heard(1), heard(2)]);
  expect(sounds).toEqual(float32Tensor([2, 1, 3, 1, 1], Float32Array.of(-1, -1, -1, -2, -2, -2)));
  expect(batchOf([clip(1)])).not.toHaveProperty('sounds');
  expect(() => batchOf([heard(1), clip(2)])).toThrow(
    'batch: expected clips that all have sound, or none of them, received sound of 1 of 2.',
  );
});

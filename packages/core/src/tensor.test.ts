import { float32Tensor, sameShape, sizeOf } from './tensor.js';

test('the size of a shape; a scalar has one element', () => {
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([3, 0])).toBe(0);
});

test('shapes are equal dimension by dimension', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([], [])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
  expect(sameShape([2, 3, 1], [2, 3])).toBe(false);
});

test('a float32 tensor keeps the array that it is given', () => {
  const data = Float32Array.of(1, 2);
  const tensor = float32Tensor([2], data);
  expect(tensor).toEqual({ dtype: 'float32', shape: [2], data });
  expect(tensor.data).toBe(data);
});

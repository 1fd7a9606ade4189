import { checkTensor, float32Tensor, sameShape, sizeOf, type HostTensor } from './tensor.js';

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

test.each<[what: string, tensor: unknown, message: string]>([
  [
    'fewer elements than the shape says',
    { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) },
    'x: expected a Float32Array of 4 elements for [2, 2], received Float32Array of 3 elements.',
  ],
  [
    'the array of another type',
    { dtype: 'int32', shape: [1], data: new Float32Array(1) },
    'x: expected a Int32Array of 1 elements for [1], received Float32Array of 1 elements.',
  ],
  [
    'an unknown type',
    { dtype: 'toString', shape: [1], data: new Float32Array(1) },
    'x: expected a tensor: its dtype, shape and data, received the dtype toString.',
  ],
  [
    'nothing',
    undefined,
    'x: expected a tensor: its dtype, shape and data, received no shape of whole numbers.',
  ],
  [
    'half an element',
    { dtype: 'float32', shape: [0.5], data: new Float32Array(1) },
    'x: expected a tensor: its dtype, shape and data, received no shape of whole numbers.',
  ],
])('refuses %s', (_, tensor, message) => {
  expect(() => checkTensor('x', tensor as HostTensor)).toThrow(message);
});

test('a float32 tensor has as many elements as its shape says', () => {
  expect(() => float32Tensor([1, 3], new Float32Array(2))).toThrow(
    'float32Tensor: expected a Float32Array of 3 elements for [1, 3], received Float32Array of 2 elements.',
  );
});

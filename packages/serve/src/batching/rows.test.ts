import { float32Tensor, type HostTensor } from '@slowfast/core';
import { apart, joined } from './rows.js';

/** Rows of a number each, as a view of memory that holds more, as a request's body does. */
const view = (rows: number, width: number, value: number): HostTensor =>
  float32Tensor([rows, width], new Float32Array(rows * width + 4).subarray(4).fill(value));

test('rows are joined in order and taken apart again', async () => {
  const parts = [1, 3, 2].map((rows, i) => ({ a: view(rows, 2, i), b: view(rows, 1, 10 + i) }));
  const batch = await joined(parts);
  expect(batch['a']!.shape).toEqual([6, 2]);
  expect([...batch['b']!.data]).toEqual([10, 11, 11, 11, 12, 12]);
  expect(apart(batch, [1, 3, 2])).toEqual(parts);
});

test('what is given away is whole, also of a single request, and copied only where it is not', async () => {
  const part = { a: view(2, 2, 1), b: float32Tensor([2, 1], Float32Array.of(1, 2)) };
  const batch = await joined([part]);
  expect(batch).toEqual(part);
  expect(batch['a']!.data.buffer.byteLength).toBe(16);
  expect(batch['b']!.data).toBe(part.b.data);
});

test('the event loop turns while clips of full size are joined', async () => {
  // 32 MiB, and slices of 2 MiB.
  const parts = Array.from({ length: 4 }, (_, i) => ({ clip: view(1, 2 ** 21, i) }));
  let turns = 0;
  let next: NodeJS.Immediate;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  next = setImmediate(turn);
  const { clip } = await joined(parts);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(15);
  expect([0, 1, 2, 3].map((i) => clip!.data[i * 2 ** 21 + 2 ** 20])).toEqual([0, 1, 2, 3]);
});

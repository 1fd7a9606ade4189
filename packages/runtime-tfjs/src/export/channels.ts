/** @file Tensors as the files take and give them: channels last where there are five axes. */
import type { HostTensor } from '@slowfast/core';

/** `[N, C, T, H, W]` as `[N, T, H, W, C]`, which exported files take; tensors of other ranks as they are. */
export function channelsLast(tensor: HostTensor<'float32'>): HostTensor<'float32'> {
  const [n, c, t, h, w] = tensor.shape;
  if (tensor.shape.length !== 5) return tensor;
  const data = exchanged(tensor.data, n!, c!, t! * h! * w!);
  return { ...tensor, shape: [n!, t!, h!, w!, c!], data };
}

/** `[N, T, H, W, C]`, which exported files give, as `[N, C, T, H, W]`; tensors of other ranks as they are. */
export function channelsFirst(tensor: HostTensor<'float32'>): HostTensor<'float32'> {
  const [n, t, h, w, c] = tensor.shape;
  if (tensor.shape.length !== 5) return tensor;
  const data = exchanged(tensor.data, n!, t! * h! * w!, c!);
  return { ...tensor, shape: [n!, c!, t!, h!, w!], data };
}

/** The last two of three axes exchanged. */
function exchanged(data: Float32Array, n: number, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let column = 0; column < columns; column++) {
      const from = i * rows * columns + column;
      for (let row = 0; row < rows; row++) result[at++] = data[from + row * columns]!;
    }
  }
  return result;
}

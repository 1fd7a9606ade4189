/** @file Batches of tensors: joined along their first axis, and taken apart again. */
import { sizeOf, type HostTensor } from '@slowfast/core';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** Rows of a request: the length of the first axis. */
export const rowsOf = (tensors: Tensors): number => Object.values(tensors)[0]?.shape[0] ?? 0;

/** Which requests can be one batch: those whose tensors differ in nothing but rows. */
export const rowShape = (tensors: Tensors): string =>
  Object.entries(tensors)
    .map(([name, { shape }]) => `${name}:${shape.slice(1).join('x')}`)
    .sort()
    .join(' ');

/** One batch of several; a single one is given as it is, without a copy. */
export function joined(parts: readonly Tensors[]): Tensors {
  if (parts.length === 1) return parts[0]!;
  return Object.fromEntries(
    Object.entries(parts[0]!).map(([name, first]) => {
      const tensors = parts.map((part) => part[name]!);
      const rows = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
      const shape = [rows, ...first.shape.slice(1)];
      const data = emptyLike(first, sizeOf(shape));
      let at = 0;
      for (const tensor of tensors) {
        data.set(tensor.data as Float32Array, at);
        at += tensor.data.length;
      }
      return [name, { dtype: first.dtype, shape, data } as HostTensor];
    }),
  );
}

// All element types have set(); which one it is does not matter here.
const emptyLike = ({ data }: HostTensor, length: number): Float32Array =>
  new (data.constructor as Float32ArrayConstructor)(length);

/** The rows of each part of a batch, as views of the same memory. */
export function apart(tensors: Tensors, rows: readonly number[]): readonly Tensors[] {
  if (rows.length === 1) return [tensors];
  let before = 0;
  return rows.map((count) => {
    const from = before;
    before += count;
    return Object.fromEntries(
      Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
        const size = sizeOf(shape.slice(1));
        return [
          name,
          {
            dtype,
            shape: [count, ...shape.slice(1)],
            data: data.subarray(from * size, (from + count) * size),
          } as HostTensor,
        ];
      }),
    );
  });
}

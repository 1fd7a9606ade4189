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

/** Elements that are copied at a time: a millisecond or two. */
const SLICE = 2 ** 19;

/**
 * One batch of several, in arrays of its own that can be handed to another thread. Clips of full size are hundreds of
 * megabytes: they are copied a slice at a time, so that others are answered in between.
 */
export async function joined(parts: readonly Tensors[]): Promise<Tensors> {
  const batch: Record<string, HostTensor> = {};
  for (const [name, first] of Object.entries(parts[0]!)) {
    const tensors = parts.map((part) => part[name]!);
    const rows = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
    const shape = [rows, ...first.shape.slice(1)];
    const isOwn = parts.length === 1 && first.data.byteLength === first.data.buffer.byteLength;
    const data = isOwn ? first.data : await concatenated(tensors, emptyLike(first, sizeOf(shape)));
    batch[name] = { dtype: first.dtype, shape, data } as HostTensor;
  }
  return batch;
}

async function concatenated(tensors: readonly HostTensor[], to: Float32Array) {
  let [at, since] = [0, 0];
  for (const { data } of tensors) {
    for (let from = 0; from < data.length; from += SLICE) {
      const slice = (data as Float32Array).subarray(from, from + SLICE);
      to.set(slice, at);
      at += slice.length;
      since += slice.length;
      if (since < SLICE) continue;
      since = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return to;
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

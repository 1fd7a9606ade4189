/** @file Cuts the clips of a run into parts for several threads, and joins what they give. */
import { internalError, sizeOf, type Graph, type HostTensor, type Value } from '@slowfast/core';
import type { NamedTensors } from './protocol.js';

/** Whether each input and output has the clips as its first axis, and nowhere else: then a run can be cut. */
export function isDivisible({ inputs, outputs }: Graph): boolean {
  return [...Object.values<Value>(inputs), ...Object.values<Value>(outputs)].every(({ type }) => {
    const [first, ...rest] = type.shape;
    return first === 'N' && !rest.some((dim) => typeof dim === 'string');
  });
}

/** The feeds in `count` parts of clips as equal as can be; fewer if there are fewer clips. */
export function divided(feeds: NamedTensors, count: number): readonly NamedTensors[] {
  const clips = Object.values(feeds)[0]?.shape[0] ?? 1;
  const parts = Math.max(1, Math.min(count, clips));
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [Math.floor((i * clips) / parts), Math.floor(((i + 1) * clips) / parts)];
    return Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, clipsOf(tensor, from, to)] as const),
    );
  });
}

function clipsOf(tensor: HostTensor, from: number, to: number): HostTensor {
  const [, ...rest] = tensor.shape;
  const each = sizeOf(rest);
  const data = tensor.data.subarray(from * each, to * each);
  return { ...tensor, shape: [to - from, ...rest], data } as HostTensor;
}

/** The outputs of parts, one after the other along the first axis. */
export function joined(parts: readonly NamedTensors[]): NamedTensors {
  const [first] = parts;
  if (!first) throw internalError('no parts to join');
  if (parts.length === 1) return first;
  return Object.fromEntries(
    Object.keys(first).map(
      (name) => [name, joinedTensor(parts.map((part) => part[name]!))] as const,
    ),
  );
}

function joinedTensor(tensors: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = tensors[0]!;
  const clips = tensors.reduce((sum, tensor) => sum + tensor.shape[0]!, 0);
  const all = [clips, ...shape.slice(1)];
  switch (dtype) {
    case 'float32':
      return { dtype, shape: all, data: filled(new Float32Array(sizeOf(all)), tensors) };
    case 'int32':
      return { dtype, shape: all, data: filled(new Int32Array(sizeOf(all)), tensors) };
    case 'int64':
      return { dtype, shape: all, data: filled(new BigInt64Array(sizeOf(all)), tensors) };
  }
}

function filled<A extends HostTensor['data']>(data: A, tensors: readonly HostTensor[]): A {
  let offset = 0;
  for (const part of tensors) {
    // All parts are of one type; which one does not matter here.
    (data as Float32Array).set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  return data;
}

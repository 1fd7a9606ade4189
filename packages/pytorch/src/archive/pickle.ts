/** @file Writes pickles (protocol 2) of plain values and of torch's tensors; nothing in them is code. */
import type { Shape } from '@slowfast/core';

/** A tensor whose elements lie beside the pickle. */
export interface PickledTensor {
  readonly kind: 'tensor';
  /** Name of the storage: `0`, `1`, … */
  readonly key: string;
  readonly shape: Shape;
}

/** What a pickle may hold; a `Map` is a dictionary. */
export type Pickled =
  | string
  | number
  | boolean
  | null
  | readonly Pickled[]
  | ReadonlyMap<string, Pickled>
  | PickledTensor;

const OP = { proto: 0x80, true: 0x88, false: 0x89, long: 0x8a } as const;

/** The bytes of a pickle. */
export function pickleOf(value: Pickled): Uint8Array {
  const bytes: number[] = [OP.proto, 2];
  emit(bytes, value);
  opcode(bytes, '.');
  return Uint8Array.from(bytes);
}

function emit(bytes: number[], value: Pickled): void {
  if (value === null) opcode(bytes, 'N');
  else if (typeof value === 'boolean') bytes.push(value ? OP.true : OP.false);
  else if (typeof value === 'string') text(bytes, value);
  else if (typeof value === 'number') number(bytes, value);
  else if (Array.isArray(value)) list(bytes, value as readonly Pickled[]);
  else if (value instanceof Map) dictionary(bytes, value as ReadonlyMap<string, Pickled>);
  else tensor(bytes, value as PickledTensor);
}

const opcode = (bytes: number[], code: string): void => void bytes.push(code.charCodeAt(0));

function text(bytes: number[], value: string): void {
  const encoded = new TextEncoder().encode(value);
  opcode(bytes, 'X');
  bytes.push(...littleEndian(encoded.length, 4));
  for (const byte of encoded) bytes.push(byte);
}

function number(bytes: number[], value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    opcode(bytes, 'J');
    bytes.push(...littleEndian(value, 4));
    return;
  }
  if (Number.isSafeInteger(value)) {
    const whole = new DataView(new ArrayBuffer(8));
    whole.setBigInt64(0, BigInt(value), true);
    bytes.push(OP.long, 8, ...new Uint8Array(whole.buffer));
    return;
  }
  const float = new DataView(new ArrayBuffer(8));
  float.setFloat64(0, value);
  opcode(bytes, 'G');
  bytes.push(...new Uint8Array(float.buffer));
}

const littleEndian = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (value >> (8 * i)) & 0xff);

function list(bytes: number[], items: readonly Pickled[]): void {
  opcode(bytes, ']');
  opcode(bytes, '(');
  for (const item of items) emit(bytes, item);
  opcode(bytes, 'e');
}

function dictionary(bytes: number[], entries: ReadonlyMap<string, Pickled>): void {
  opcode(bytes, '}');
  opcode(bytes, '(');
  for (const [key, value] of entries) {
    emit(bytes, key);
    emit(bytes, value);
  }
  opcode(bytes, 'u');
}

function global(bytes: number[], module: string, name: string): void {
  opcode(bytes, 'c');
  for (const byte of new TextEncoder().encode(`${module}\n${name}\n`)) bytes.push(byte);
}

function numbers(bytes: number[], values: readonly number[]): void {
  opcode(bytes, '(');
  for (const value of values) number(bytes, value);
  opcode(bytes, 't');
}

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`. */
function tensor(bytes: number[], { key, shape }: PickledTensor): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, dim) => product * dim, 1),
  );
  global(bytes, 'torch._utils', '_rebuild_tensor_v2');
  opcode(bytes, '(');
  opcode(bytes, '(');
  text(bytes, 'storage');
  global(bytes, 'torch', 'FloatStorage');
  text(bytes, key);
  text(bytes, 'cpu');
  number(bytes, count);
  opcode(bytes, 't');
  opcode(bytes, 'Q');
  number(bytes, 0);
  numbers(bytes, shape);
  numbers(bytes, strides);
  bytes.push(OP.false);
  global(bytes, 'collections', 'OrderedDict');
  opcode(bytes, ')');
  opcode(bytes, 'R');
  opcode(bytes, 't');
  opcode(bytes, 'R');
}

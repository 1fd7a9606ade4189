/** @file What a pickle is read into: plain data, and descriptions of tensors. Nothing here runs anything. */
import type { ElementFormat } from '@slowfast/core';

/** A value of a pickle. Dictionaries are maps, so that no key can reach an object's prototype. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | PickleObject;

/** The values that are neither plain data nor containers. */
export type PickleObject =
  | PickleBytes
  | PickleText
  | PickleClass
  | PickleCallable
  | OpaqueObject
  | NumpyDType
  | NumpyArray
  | TorchDType
  | TorchStorageType
  | TorchStorage
  | TorchTensor;

/**
 * Bytes. Long ones are only a position in the pickle, so that arrays are not held in memory; `utf8` marks
 * those that Python 3 wrote as text (each byte a character of Latin-1, encoded as UTF-8).
 */
export interface PickleBytes {
  readonly kind: 'bytes';
  /** The bytes as Latin-1 text, when they are short or were text in the first place. */
  readonly inline?: string;
  readonly offset: number;
  readonly length: number;
  readonly encoding: 'raw' | 'utf8';
}

/** A long text, as its position in the pickle (UTF-8 or Latin-1). */
export interface PickleText {
  readonly kind: 'text';
  readonly offset: number;
  readonly length: number;
  readonly encoding: 'utf8' | 'latin1';
}

/** A class by name; making one gives an {@link OpaqueObject}. */
export interface PickleClass {
  readonly kind: 'class';
  readonly path: string;
}

/** A constructor that this reader has its own, harmless version of. */
export interface PickleCallable {
  readonly kind: 'callable';
  readonly path: string;
  call(args: readonly PickleValue[]): PickleValue;
}

/** An object of a class that weights do not need: its name is kept, its contents are not. */
export interface OpaqueObject {
  readonly kind: 'opaque';
  readonly path: string;
}

/** A numpy element type such as `f4`; the byte order comes with the state that follows it. */
export interface NumpyDType {
  readonly kind: 'numpy-dtype';
  readonly code: string;
  littleEndian: boolean;
}

/** A numpy array; without `data` until its state is set, and for arrays of objects. */
export interface NumpyArray {
  readonly kind: 'numpy-array';
  shape: PickleValue;
  dtype?: NumpyDType;
  fortran: boolean;
  data?: PickleBytes | PickleText | string;
}

/** A torch element type (`torch.float32`). */
export interface TorchDType {
  readonly kind: 'torch-dtype';
  readonly format: ElementFormat;
}

/** A torch storage class (`torch.FloatStorage`). */
export interface TorchStorageType {
  readonly kind: 'torch-storage-type';
  readonly format: ElementFormat;
}

/** Elements stored beside the pickle, under a key. */
export interface TorchStorage {
  readonly kind: 'torch-storage';
  readonly key: string;
  readonly format: ElementFormat;
  /** Elements of the whole stored block. */
  readonly count: number;
  /** Where this storage begins within the block, elements (a view, in old files). */
  readonly start: number;
  /** Elements of this storage. */
  readonly size: number;
}

/** A tensor over a storage; numbers are checked when the tensor's name is known. */
export interface TorchTensor {
  readonly kind: 'torch-tensor';
  readonly storage: TorchStorage;
  readonly offset: PickleValue;
  readonly shape: PickleValue;
  readonly strides: PickleValue;
  readonly format: ElementFormat;
}

/** Whether a value is a dictionary. */
export function isDict(
  value: PickleValue | undefined,
): value is ReadonlyMap<PickleValue, PickleValue> {
  return value instanceof Map;
}

/** Whether a value is a list or a tuple. */
export function isList(value: PickleValue | undefined): value is readonly PickleValue[] {
  return Array.isArray(value);
}

/** Whether a value is a {@link PickleObject} of the given kind. */
export function isKind<K extends PickleObject['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleObject, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** What a value is, for error messages. */
export function describe(value: PickleValue): string {
  if (isList(value)) return 'a list';
  if (isDict(value)) return 'a dictionary';
  if (typeof value === 'object' && value !== null) {
    return 'path' in value ? `${value.kind} ${value.path}` : value.kind;
  }
  return value === null ? 'None' : typeof value;
}

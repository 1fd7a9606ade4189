/** @file Torch's references from a pickle to the elements stored beside it, in both of its containers. */
import type { ByteSource } from '@slowfast/core';
import { WeightError, elementBytes } from '@slowfast/core';

import type { PersistentLoad } from './pickle-machine.js';
import type { PickleValue } from './pickle-values.js';
import { isKind, isList } from './pickle-values.js';

/** Reads `('storage', type, key, device, elements[, view])`; throws {@link WeightError} for any other reference. */
export function storageReference(source: ByteSource): PersistentLoad {
  return (id) => {
    const [tag, type, key, , count, view] = isList(id) ? id : [];
    const name = typeof key === 'number' ? `${key}` : key;
    if (
      tag !== 'storage' ||
      !isKind(type, 'torch-storage-type') ||
      typeof name !== 'string' ||
      !isCount(count)
    ) {
      throw referenceError(source, 'something else');
    }
    const { start, size } = viewOf(source, view, count);
    return { kind: 'torch-storage', key: name, format: type.format, count, start, size };
  };
}

/** Files before torch 1.0 could store a part of another storage: `(key, offset, elements)`. */
function viewOf(
  source: ByteSource,
  view: PickleValue | undefined,
  count: number,
): { start: number; size: number } {
  if (view === undefined || view === null) return { start: 0, size: count };
  const [, start, size] = isList(view) ? view : [];
  if (!isCount(start) || !isCount(size) || start + size > count) {
    throw referenceError(source, 'a storage view outside its storage');
  }
  return { start, size };
}

const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const referenceError = (source: ByteSource, received: string): WeightError =>
  new WeightError({
    site: source.name,
    expected: 'references to torch storages',
    received,
    remedy: 'The checkpoint is damaged or hostile',
  });

/** Throws {@link WeightError} unless `held` bytes are enough for a storage of `count` elements. */
export function checkStorage(
  source: ByteSource,
  storage: {
    readonly key: string;
    readonly count: number;
    readonly format: Parameters<typeof elementBytes>[0];
  },
  size: number,
): void {
  const byteCount = storage.count * elementBytes(storage.format);
  if (size >= byteCount) return;
  throw new WeightError({
    site: source.name,
    expected: `${byteCount} bytes of storage '${storage.key}' (${storage.count} elements)`,
    received: `${size} bytes`,
    remedy: 'The file is truncated or damaged; fetch it again',
  });
}

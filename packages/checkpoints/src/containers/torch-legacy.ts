/**
 * @file Torch checkpoints before version 1.6: four pickles (a magic number, the protocol, the machine, the
 * value), the list of storage keys, then each storage as its element count and its elements.
 */
import type { ByteSource } from '@slowfast/core';
import { WeightError, elementBytes, sourceRange } from '@slowfast/core';

import { PickleInput } from './pickle-input.js';
import { readPickle } from './pickle.js';
import type { PickleValue, TorchStorage } from './pickle-values.js';
import { isDict, isKind, isList } from './pickle-values.js';
import type { StateDict } from './state-dict.js';
import { findStateDict } from './state-dict.js';
import { checkStorage, storageReference } from './torch-storage.js';

/** The magic number as it stands at the start of the file, after the two bytes of the pickle protocol. */
export const LEGACY_MAGIC = [
  0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

const PROTOCOL = 1001;

/** Rejects with {@link WeightError} for a file that is truncated, damaged, hostile or big-endian. */
export async function readTorchLegacy(source: ByteSource): Promise<StateDict> {
  const input = new PickleInput(source);
  await readPickle(input);
  const protocol = await readPickle(input);
  const machine = await readPickle(input);
  checkMachine(source, protocol, machine);
  const storages = new Map<string, TorchStorage>();
  const reference = storageReference(source);
  const value = await readPickle(input, (id) => {
    const storage = reference(id);
    if (isKind(storage, 'torch-storage')) storages.set(storage.key, storage);
    return storage;
  });
  const starts = await findStorages(source, input, await readPickle(input), storages);
  return findStateDict(value, {
    source,
    fileBytes: source.size,
    blockOf: (storage) => {
      const start = starts.get(storage.key);
      const byteLength = storage.count * elementBytes(storage.format);
      checkStorage(source, storage, start === undefined ? 0 : byteLength);
      return {
        byteLength,
        littleEndian: true,
        open: async () => sourceRange(source, start ?? 0, byteLength),
      };
    },
  });
}

function checkMachine(source: ByteSource, protocol: PickleValue, machine: PickleValue): void {
  const little = isDict(machine) ? machine.get('little_endian') : undefined;
  if (protocol === PROTOCOL && little === true) return;
  throw new WeightError({
    site: source.name,
    expected: `torch serialization protocol ${PROTOCOL}, little-endian`,
    received: protocol === PROTOCOL ? 'a big-endian file' : 'another protocol',
  });
}

/** The first byte of each storage's elements. */
async function findStorages(
  source: ByteSource,
  input: PickleInput,
  keys: PickleValue,
  storages: ReadonlyMap<string, TorchStorage>,
): Promise<ReadonlyMap<string, number>> {
  const starts = new Map<string, number>();
  for (const key of isList(keys) ? keys : []) {
    const name = typeof key === 'number' ? `${key}` : key;
    const storage = typeof name === 'string' ? storages.get(name) : undefined;
    if (!storage || starts.has(storage.key)) {
      throw new WeightError({
        site: source.name,
        expected: 'the keys of the storages that the pickle names',
        received: storage ? `'${storage.key}' twice` : 'another key',
        remedy: 'The checkpoint is damaged',
      });
    }
    await input.fill(8);
    const count = Number(input.uint64());
    checkStorage(source, storage, count * elementBytes(storage.format));
    const bytes = count * elementBytes(storage.format);
    const rest = source.size - input.position;
    if (bytes > rest) checkStorage(source, storage, Math.min(rest, bytes));
    starts.set(storage.key, input.skip(bytes));
  }
  return starts;
}

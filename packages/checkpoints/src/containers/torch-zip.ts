/** @file Torch checkpoints of version 1.6 and later: a zip archive of a pickle and its storages. */
import type { ByteSource } from '@slowfast/core';
import { WeightError, bytesSource } from '@slowfast/core';

import { PickleInput } from './pickle-input.js';
import { readPickle } from './pickle.js';
import type { StateDict } from './state-dict.js';
import { findStateDict } from './state-dict.js';
import { checkStorage, storageReference } from './torch-storage.js';
import type { ZipEntry } from './zip.js';
import { readZip } from './zip.js';

/** Rejects with {@link WeightError} for an archive that is damaged, hostile, big-endian or not torch's. */
export async function readTorchZip(source: ByteSource): Promise<StateDict> {
  const entries = await readZip(source);
  const pickle = pickleEntry(source, entries);
  const root = pickle.name.slice(0, -'data.pkl'.length);
  await checkByteOrder(source, entries.get(`${root}byteorder`));
  const bytes = await pickle.open();
  const value = await readPickle(new PickleInput(bytes, pickle.packed), storageReference(source));
  return findStateDict(value, {
    source: bytes,
    fileBytes: source.size,
    blockOf: (storage) => {
      const entry = entries.get(`${root}data/${storage.key}`);
      checkStorage(source, storage, entry?.size ?? 0);
      return {
        byteLength: entry?.size ?? 0,
        littleEndian: true,
        open: async () => entry?.open() ?? bytesSource(new Uint8Array(0), source.name),
      };
    },
  });
}

/** Torch names the folder after the file; there is exactly one pickle in it. */
function pickleEntry(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): ZipEntry {
  const pickles = [...entries.values()].filter(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const script = [...entries.keys()].some((name) => /^[^/]+\/(?:constants\.pkl|code\/)/.test(name));
  if (pickles.length === 1 && !script) return pickles[0]!;
  throw new WeightError({
    site: source.name,
    expected: "a torch checkpoint with one 'data.pkl'",
    received: script ? 'a TorchScript program' : `a zip archive with ${pickles.length}`,
    remedy: 'Save the state_dict with torch.save',
  });
}

async function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry || entry.size > 16) return;
  const opened = await entry.open();
  const order = new TextDecoder().decode(await opened.read(0, entry.size)).trim();
  if (order === 'little') return;
  throw new WeightError({
    site: source.name,
    expected: 'little-endian storages',
    received: `byte order '${order}'`,
  });
}

/**
 * @file Models that ONNX Runtime arranged for this processor, in a folder of the cache, so that the next process starts
 * at once. An entry is a folder that is made under another name and then moved, and never changed. It is code for a
 * processor in all but name: one is taken only from folders that this user alone may write to.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { readJson, writeTextAtomic } from '@slowfast/core';
import type { ModelCache } from '@slowfast/runtime-onnx';
import { fileHash } from '../files/file-hash.js';
import { cacheFolder } from '../published/cache-folder.js';
import { modelCacheLimit } from './model-cache-limit.js';

const MANIFEST = 'entry.json';
/** Begins the names of folders that are being written. */
const UNFINISHED = 'new-';
/** Begins the names of files with the hash of weights that were read before. */
const HASH = 'hash-';
/** Milliseconds after which what is not finished never will be, and weights are read again. */
const DAY = 24 * 3600_000;
const AGES = { [UNFINISHED]: DAY, [HASH]: 90 * DAY };

const SCHEMA = v.object({
  model: v.string(),
  files: v.record(
    v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
    v.object({
      size: v.number(),
      /** When it was written, in nanoseconds, as text. */
      written: v.string(),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});
type Manifest = v.InferOutput<typeof SCHEMA>;

/** An arranged model that is kept. */
export interface ArrangedModel {
  readonly model: string;
  readonly folder: string;
  readonly bytes: number;
  /** When it was made or taken the last time, in milliseconds since 1970. */
  readonly usedAt: number;
}

/** The folder of all arranged models. */
export const arrangedFolder = (): string => join(cacheFolder(), 'arranged');

/** What a cache of arranged models may be told. */
export interface ArrangedOptions {
  /** The most bytes that are kept. */
  readonly limit?: number;
  /** What stands for the weights: see `OpenedModel`. */
  readonly weightsVersion?: string;
}

/** A cache of models in that folder; `model` is what an entry is listed as. */
export function arrangedModels(
  model: string,
  { limit = modelCacheLimit(), weightsVersion }: ArrangedOptions = {},
): ModelCache {
  const root = arrangedFolder();
  return {
    get: async (key) => {
      const folder = join(root, key);
      if (!((await isOurs(root)) && (await isOurs(folder)))) return undefined;
      if (!(await isWhole(folder))) {
        await removeEntry(folder);
        return undefined;
      }
      const now = new Date();
      // Where it cannot be noted, in a folder for reading only, nothing is removed either.
      await utimes(join(folder, MANIFEST), now, now).catch(() => undefined);
      return folder;
    },
    put: async (key, write) => {
      const own = await newFolder(root);
      if (own === undefined) return undefined;
      try {
        await write(own);
        const manifest: Manifest = { model, files: await filesOf(own) };
        const bytes = bytesOf(manifest);
        if (bytes > limit) return undefined;
        await writeFile(join(own, MANIFEST), JSON.stringify(manifest));
        await makeRoom(limit - bytes);
        const folder = join(root, key);
        // Another process may have been quicker.
        await rename(own, folder).catch(() => undefined);
        return (await isOurs(folder)) && (await isWhole(folder)) ? folder : undefined;
      } finally {
        await rm(own, { recursive: true, force: true });
      }
    },
    weightsHash: async (tensors, hash) => {
      if (weightsVersion === undefined) return hash();
      const path = join(root, `${HASH}${sha256(weightsVersion + tensors)}`);
      const entry = (await isOurs(root)) ? await readFile(path, 'utf8').catch(() => '') : '';
      if (/^[0-9a-f]{64}$/.test(entry)) return entry;
      const value = await hash();
      if (await ownFolder(root)) await writeTextAtomic(path, value).catch(() => undefined);
      return value;
    },
  };
}

/** The arranged models that are kept, by name. */
export async function listArranged(): Promise<readonly ArrangedModel[]> {
  const root = arrangedFolder();
  const names = await readdir(root).catch(() => []);
  const entries = await Promise.all(
    names.map(async (name): Promise<readonly ArrangedModel[]> => {
      if (name.startsWith(UNFINISHED)) return [];
      const folder = join(root, name);
      const entry = await stat(join(folder, MANIFEST)).catch(() => undefined);
      const manifest = entry && (await readManifest(folder));
      if (!manifest) return [];
      const { model } = manifest;
      return [{ model, folder, bytes: bytesOf(manifest), usedAt: entry.mtimeMs }];
    }),
  );
  return entries.flat().sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** Removes all arranged models; models that run on keep theirs. */
export async function clearArranged(): Promise<readonly ArrangedModel[]> {
  const entries = await listArranged();
  for (const name of await readdir(arrangedFolder()).catch(() => [])) {
    await removeEntry(join(arrangedFolder(), name));
  }
  return entries;
}

const bytesOf = ({ files }: Manifest): number =>
  Object.values(files).reduce((sum, { size }) => sum + size, 0);

/** Whether a folder is this user's, and nobody else's to read or write. Windows keeps the profile's folders so. */
async function isOurs(folder: string): Promise<boolean> {
  const entry = await stat(folder).catch(() => undefined);
  if (!entry?.isDirectory()) return false;
  const { uid } = userInfo();
  return uid === -1 || (entry.uid === uid && (entry.mode & 0o077) === 0);
}

/** A new folder to write an entry into; undefined where there can be none. */
async function newFolder(root: string): Promise<string | undefined> {
  const folder = join(root, `${UNFINISHED}${randomUUID()}`);
  if (!(await ownFolder(root))) return undefined;
  return mkdir(folder, { mode: 0o700 }).then(
    () => folder,
    () => undefined,
  );
}

/** Makes a folder that is this user's alone, or says that there can be none. */
async function ownFolder(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
  return isOurs(folder);
}

async function filesOf(folder: string): Promise<Manifest['files']> {
  const names = await readdir(folder);
  const files = names.map(async (name) => {
    const path = join(folder, name);
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return [
      name,
      { size: Number(size), written: `${mtimeNs}`, sha256: await fileHash(path) },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return readJson(SCHEMA, await readFile(join(folder, MANIFEST), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether the files are those that were written: by size and time, or else, as in a copy, by their hash. */
async function isWhole(folder: string): Promise<boolean> {
  const manifest = await readManifest(folder);
  if (!manifest) return false;
  for (const [name, { size, written, sha256 }] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const file = await stat(path, { bigint: true }).catch(() => undefined);
    if (!file?.isFile() || Number(file.size) !== size) return false;
    if (`${file.mtimeNs}` !== written && (await fileHash(path)) !== sha256) return false;
  }
  return true;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Removes the models that were not used for the longest time until the rest take `limit` bytes, and what was abandoned. */
async function makeRoom(limit: number): Promise<void> {
  const entries = [...(await listArranged())].sort((a, b) => b.usedAt - a.usedAt);
  let total = 0;
  for (const { folder, bytes } of entries) {
    total += bytes;
    if (total > limit) await removeEntry(folder);
  }
  const root = arrangedFolder();
  for (const name of await readdir(root).catch(() => [])) {
    const path = join(root, name);
    const { mtimeMs = Date.now() } = (await stat(path).catch(() => undefined)) ?? {};
    const [, age = Infinity] = Object.entries(AGES).find(([start]) => name.startsWith(start)) ?? [];
    if (Date.now() - mtimeMs > age) await removeEntry(path);
  }
}

/** Moves an entry away, so that nobody finds half of it, and deletes it; one that is in use may stay, as on Windows. */
async function removeEntry(folder: string): Promise<void> {
  const moved = join(arrangedFolder(), `${UNFINISHED}${randomUUID()}`);
  const isMoved = await rename(folder, moved).then(
    () => true,
    () => false,
  );
  await rm(isMoved ? moved : folder, { recursive: true, force: true }).catch(() => undefined);
}

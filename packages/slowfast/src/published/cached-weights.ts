/** @file What the cache of published weights holds. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileLock } from '@slowfast/core';
import { readEntry, weightsFolder } from './pull.js';

/** One entry of the cache. */
export interface CachedWeights {
  /** The name or address that it was fetched by; of a download that is not finished, its folder. */
  readonly id: string;
  readonly folder: string;
  /** Bytes on disk, with what is kept beside. */
  readonly bytes: number;
  readonly isWhole: boolean;
}

/** The entries of the cache, by name; none where there is no cache. */
export async function cachedWeights(): Promise<readonly CachedWeights[]> {
  const root = weightsFolder();
  const names = await readdir(root).catch(() => []);
  const all = names.map(async (name) => {
    const folder = join(root, name);
    const [entry, files] = await Promise.all([readEntry(folder), readdir(folder).catch(() => [])]);
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(join(folder, file)).catch(() => undefined))?.size ?? 0),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { id: entry?.id ?? name, folder, bytes, isWhole: entry !== undefined };
  });
  return (await Promise.all(all))
    .filter(({ bytes, isWhole }) => isWhole || bytes > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Removes entries, all or those of some names; rejects with SpecError for one that is being fetched. */
export async function clearWeights(ids?: readonly string[]): Promise<readonly CachedWeights[]> {
  const cleared = (await cachedWeights()).filter(({ id }) => ids?.includes(id) ?? true);
  for (const { folder } of cleared) {
    await fileLock(join(folder, 'lock'));
    await rm(folder, { recursive: true, force: true });
  }
  return cleared;
}

/** The files of whole entries: what each is called, and where it lies. */
export async function cachedWeightFiles(): Promise<
  readonly { readonly name: string; readonly path: string }[]
> {
  const entries = (await cachedWeights()).filter(({ isWhole }) => isWhole);
  return Promise.all(
    entries.map(async ({ id, folder }) => {
      const { file } = (await readEntry(folder))!;
      return { name: id, path: join(folder, file) };
    }),
  );
}

/** @file The lock file: which bytes a name stood for when it was first fetched. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fileLock, readJson, SpecError, writeTextAtomic } from '@slowfast/core';

/** What a name stood for. */
export interface LockedWeights {
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
}

const SCHEMA = v.object({
  version: v.literal(1),
  weights: v.record(
    v.string(),
    v.object({
      url: v.string(),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
});

/** The entries of a lock file; none where there is no such file. Rejects with {@link SpecError} for one that is none. */
export async function readLockFile(path: string): Promise<Readonly<Record<string, LockedWeights>>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SpecError({ site: path, expected: 'a lock file', received: error.message });
  });
  if (text === undefined) return {};
  return readJson(SCHEMA, text, { site: path, remedy: 'Delete it to begin anew' }).weights;
}

/** Writes one entry into a lock file, sorted by name; processes take turns. */
export async function writeLocked(path: string, id: string, entry: LockedWeights): Promise<void> {
  const lock = await fileLock(`${path}.lock`, { wait: 30_000 });
  try {
    const entries = { ...(await readLockFile(path)), [id]: entry };
    const weights = Object.fromEntries(
      Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    await writeTextAtomic(path, `${JSON.stringify({ version: 1, weights }, undefined, 2)}\n`);
  } finally {
    await lock.release();
  }
}

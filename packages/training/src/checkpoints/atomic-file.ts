/** @file Files that are there whole or not at all. */
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises';
import { bytesSource, WeightError, type ByteSink, type ByteSource } from '@slowfast/core';

/**
 * Writes through a temporary file beside it, which takes its place once it is on disk. Rejects with
 * {@link WeightError} when it cannot be written (a full disk, for one); what was there before stays then.
 */
export async function writeAtomic(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await write({ write: (chunk) => handle.writeFile(chunk) });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cannotWrite(path, error);
  }
}

/** Adds text to a file. Rejects with {@link WeightError} when it cannot be written. */
export async function append(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
}

function cannotWrite(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new WeightError({
    site: path,
    expected: 'a place where a file can be written',
    received: error.message,
    remedy: 'What was written before is as it was; make room and go on',
    cause: error,
  });
}

/** A whole file in memory; rejects with {@link WeightError} when it cannot be read. */
export async function fileBytes(path: string): Promise<ByteSource> {
  try {
    return bytesSource(await readFile(path), path);
  } catch (cause) {
    throw new WeightError({
      site: path,
      expected: 'a file that can be read',
      received: (cause as Error).message,
      cause,
    });
  }
}

// Not by its class: under a test runner errors of Node have another one.
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'code' in error && 'message' in error;

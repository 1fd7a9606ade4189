/** @file Small texts of a run, read and written; and options that may be left out. */
import { readFile } from 'node:fs/promises';
import { SpecError } from '@slowfast/core';
import { writeFileAtomic } from '@slowfast/core';

/** A text file; rejects with {@link SpecError} when it cannot be read. */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new SpecError({
      site: path,
      expected: 'a text file that can be read',
      received: cause.message,
      cause,
    });
  });
}

/** Writes a text file, whole or not at all. */
export const writeText = (path: string, text: string): Promise<void> =>
  writeFileAtomic(path, (sink) => sink.write(new TextEncoder().encode(text)));

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Options without those that were left out. */
export function given<T extends object>(options: T): Given<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}

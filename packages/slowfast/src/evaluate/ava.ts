/** @file AVA's files. */
import { createReadStream } from 'node:fs';
import { SpecError, writeFileAtomic } from '@slowfast/core';
import { avaBox, readAvaExclusions, readAvaTable, type AvaTable } from '@slowfast/evaluation';

/** Reads a table of boxes; throws {@link SpecError} for a file that cannot be read, or is none. */
export const readAvaFile = (
  path: string,
  options: Parameters<typeof readAvaTable>[1] = {},
): Promise<AvaTable> =>
  readable(path, readAvaTable(createReadStream(path, 'utf8'), { name: path, ...options }));

/** Reads the key frames to leave out; throws {@link SpecError} for a file that cannot be read, or is none. */
export const readExclusionFile = (path: string): ReturnType<typeof readAvaExclusions> =>
  readable(path, readAvaExclusions(createReadStream(path, 'utf8'), path));

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  return reading.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === undefined) throw cause;
    throw new SpecError({
      site: path,
      expected: 'a file that can be read',
      received: cause.message,
      cause,
    });
  });
}

/** Writes a table as AVA's CSV, whole or not at all. */
export async function writeAvaFile(
  path: string,
  table: AvaTable,
  signal?: AbortSignal,
): Promise<void> {
  const encoder = new TextEncoder();
  await writeFileAtomic(
    path,
    async (sink) => {
      let lines = '';
      for (let row = 0; row < table.rows; row++) {
        const box = avaBox(table, row);
        lines += `${table.frames[table.frame[row]!]},${box.join()},${table.labels[row]},${table.scores[row]}\n`;
        if (lines.length < 1 << 16 && row < table.rows - 1) continue;
        await sink.write(encoder.encode(lines));
        lines = '';
      }
    },
    signal,
  );
}

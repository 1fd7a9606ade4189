/** @file The results of a run as one file of lines, in the list's order: what a queue's shards come to together. */
import { join } from 'node:path';
import { FileError, writeFileAtomic } from '@slowfast/core';
import { mergeRun, type FoundRun } from './merge.js';
import type { Outcome } from './run.js';

/** Counts of a run that is whole. */
export interface ListedResults {
  /** The file. */
  readonly path: string;
  readonly videos: number;
  readonly broken: number;
}

const PIECE = 1 << 16;
const ENCODER = new TextEncoder();

/** A line of a list of videos: what was found in one, or why nothing was. */
export const listedLine = ({ file, result, error }: Outcome): string =>
  `${JSON.stringify({ file, ...(error ? { error } : (result as object)) })}\n`;

/**
 * Writes `results.jsonl`: an object a video, `file` and what its result says, or `error`. In the list's order where shards
 * are of rows that follow one another. Rejects with {@link FileError} where a row is missing or double.
 */
export async function writeListedResults(
  run: FoundRun,
  signal?: AbortSignal,
): Promise<ListedResults> {
  const path = join(run.folder, 'results.jsonl');
  let [videos, broken] = [0, 0];
  await writeFileAtomic(
    path,
    async (sink) => {
      let lines = '';
      const completeness = await mergeRun(
        run,
        async (outcome) => {
          if (outcome.error) broken += 1;
          else videos += 1;
          lines += listedLine(outcome);
          if (lines.length < PIECE) return;
          await sink.write(ENCODER.encode(lines));
          lines = '';
        },
        signal,
      );
      checkWhole(run, completeness);
      await sink.write(ENCODER.encode(lines));
    },
    signal,
  );
  return { path, videos, broken };
}

/** Throws {@link FileError} where a row of a run is missing or double. */
export function checkWhole(
  run: FoundRun,
  { missing, double }: Awaited<ReturnType<typeof mergeRun>>,
): void {
  const first = [...missing, ...double][0];
  if (first === undefined) return;
  throw new FileError({
    site: run.folder,
    expected: `each of ${run.rows} videos once`,
    received: `${missing.length} missing and ${double.length} double, such as ${first}`,
    remedy: '`slowfast merge` names them all, `slowfast queue retry` does them again',
  });
}

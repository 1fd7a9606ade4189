/** @file The outcomes of a whole run in the list's order, however shards share its rows. */
import { SpecError } from '@slowfast/core';
import { linesOf, mergeRun, type Completeness, type FoundRun } from './merge.js';
import { outcomeOf, type Outcome } from './run.js';

/** What is missing or double of a run, and its outcomes where nothing is. */
export interface OrderedRun extends Completeness {
  outcomes(signal?: AbortSignal): AsyncGenerator<Outcome, void>;
}

/**
 * Looks through all shards, and reads them a second time side by side: memory is four bytes a row and a piece of each
 * file. Rejects with SpecError for files that are none of ours.
 */
export async function orderedRun(run: FoundRun, signal?: AbortSignal): Promise<OrderedRun> {
  const places = new Uint32Array(run.rows);
  const paths: string[] = [];
  const left: number[] = [];
  const completeness = await mergeRun(
    run,
    ({ row }, path) => {
      if (paths.at(-1) !== path) left[paths.push(path) - 1] = 0;
      places[row] = paths.length - 1;
      left[paths.length - 1]! += 1;
    },
    signal,
  );
  return { ...completeness, outcomes: (stop) => inListOrder({ places, paths, left }, stop) };
}

interface Places {
  /** Which file has a row. */
  readonly places: Uint32Array;
  readonly paths: readonly string[];
  /** Rows that each file has. */
  readonly left: readonly number[];
}

async function* inListOrder(
  { places, paths, left }: Places,
  signal?: AbortSignal,
): AsyncGenerator<Outcome, void> {
  const rows = [...left];
  const open = new Map<number, AsyncGenerator<string, void>>();
  try {
    for (const [row, file] of places.entries()) {
      const path = paths[file]!;
      const lines = open.get(file) ?? linesOf(path, signal);
      open.set(file, lines);
      yield await outcomeIn(lines, path, row);
      rows[file]! -= 1;
      if (rows[file]! > 0) continue;
      open.delete(file);
      await lines.return();
    }
  } finally {
    for (const lines of open.values()) await lines.return();
  }
}

/** The next outcome that is the row's: rows of a file ascend. */
async function outcomeIn(
  lines: AsyncGenerator<string, void>,
  path: string,
  row: number,
): Promise<Outcome> {
  for (;;) {
    const { value, done } = await lines.next();
    const outcome = done ? undefined : outcomeOf(value!, path);
    if (outcome?.row === row) return outcome;
    if (outcome && outcome.row < row) continue;
    throw new SpecError({
      site: path,
      expected: `row ${row} in ascending order`,
      received: outcome ? `row ${outcome.row}` : 'the end of the file',
    });
  }
}

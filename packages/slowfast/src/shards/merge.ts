/** @file The outcomes of all shards of a run, each row once, and what of them is missing or there twice. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { SpecError } from '@slowfast/core';
import { openRun, outcomeOf, RUNS, SHARD_FILE, type Outcome, type Run } from './run.js';

/** A run of which parts may be in several folders. */
export interface FoundRun extends Run {
  /** Folders with shards of it; the first is {@link Run.folder}. */
  readonly folders: readonly string[];
}

/** Rows of a run that are not there once, by the names of their videos, in the list's order. */
export interface Completeness {
  readonly missing: readonly string[];
  readonly double: readonly string[];
}

/**
 * The run in folders of results, of which each machine may have its own. Rejects with {@link SpecError} where there is
 * none, or several and no `id` says which.
 */
export async function findRun(results: readonly string[], id?: string): Promise<FoundRun> {
  const folders = new Map<string, string[]>();
  for (const result of results) {
    const names = await readdir(join(result, RUNS)).catch(() => [] as string[]);
    for (const name of names.filter((found) => /^[0-9a-f]{16}$/.test(found))) {
      folders.set(name, [...(folders.get(name) ?? []), join(result, RUNS, name)]);
    }
  }
  const ids = [...folders.keys()].filter((name) => id === undefined || name === id);
  if (ids.length === 1) {
    const places = folders.get(ids[0]!)!;
    const [folder] = places;
    return { ...(await openRun(dirname(dirname(folder!)), ids[0]!)), folders: places };
  }
  throw new SpecError({
    site: results.join(', '),
    expected: id === undefined ? 'the shards of one run' : `the run ${id}`,
    received: folders.size === 0 ? 'none' : `runs ${[...folders.keys()].sort().join(', ')}`,
    remedy:
      folders.size === 0
        ? 'Give the folders that --results named'
        : 'Say which by --run; runs differ in the list, the weights or another setting',
  });
}

/**
 * Calls `onOutcome` for each row of a run that is there, once, with the path of its file, and tells what is missing or double. Rows come shard by
 * shard; time and reading grow with their number, memory by a bit a row. Rejects with {@link SpecError} for a file that
 * is none of ours, and with the signal's reason.
 */
export async function mergeRun(
  run: FoundRun,
  onOutcome: (outcome: Outcome, path: string) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<Completeness> {
  const bits = new Uint8Array(Math.ceil(run.rows / 8));
  const double = new Map<number, string>();
  let count = 0;
  for (const path of await shardFiles(run.folders)) {
    for await (const line of linesOf(path, signal)) {
      const outcome = outcomeOf(line, path);
      const { row, file } = outcome;
      if (row >= run.rows) throw outside(path, row, run);
      const bit = 1 << (row & 7);
      if (bits[row >> 3]! & bit) {
        double.set(row, file);
        continue;
      }
      bits[row >> 3]! |= bit;
      count += 1;
      await onOutcome(outcome, path);
    }
  }
  const missing: string[] = [];
  if (count < run.rows) {
    let row = 0;
    for await (const line of linesOf(join(run.folder, 'rows.jsonl'), signal)) {
      if (!(bits[row >> 3]! & (1 << (row & 7)))) missing.push((JSON.parse(line) as Outcome).file);
      row += 1;
    }
  }
  const inOrder = [...double].sort(([a], [b]) => a - b);
  return { missing, double: inOrder.map(([, file]) => file) };
}

/** Files of shards, those of one number of shards after another, in their order. */
async function shardFiles(folders: readonly string[]): Promise<readonly string[]> {
  const files: { readonly path: string; readonly place: readonly number[] }[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (!SHARD_FILE.test(name)) continue;
      const [index, count] = name.match(/\d+/g)!.map(Number);
      files.push({ path: join(folder, name), place: [count!, index!] });
    }
  }
  files.sort((a, b) => a.place[0]! - b.place[0]! || a.place[1]! - b.place[1]!);
  return files.map(({ path }) => path);
}

/** The lines of a file, one after another. */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<string, void> {
  const input = createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 });
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      signal?.throwIfAborted();
      yield line;
    }
  } finally {
    input.destroy();
  }
}

const outside = (path: string, row: number, run: Run): SpecError =>
  new SpecError({
    site: path,
    expected: `rows of the run, 0 to ${run.rows - 1}`,
    received: `row ${row}`,
  });

/**
 * @file A shard whose worker may be gone at any time. What ends goes at once into a file of the worker's own, so that whoever
 * does the shard again goes on from there; a video that was begun again and again and never ended is reported as broken.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMediaError } from '@slowfast/core';
import { inOrder } from '../classify/in-order.js';
import { makeFolder } from '../files/make-folder.js';
import { linesOf } from './merge.js';
import { hasShard, outcomeOf, rowsOfRun, shardFile, writeShard } from './run.js';
import type { Outcome, Row, Run } from './run.js';
import type { Shard } from './shard.js';

/** Times that a video may be begun without an end: its process died, or was stopped, each time. */
const MOST_BEGINNINGS = 3;

/** A shard of rows that follow one another. */
export interface RowRange extends Shard {
  readonly from: number;
  /** Not itself. */
  readonly to: number;
}

/** How a shard is worked on. */
export interface ShardWork {
  /**
   * The result of a video; rejects with MediaError for one that cannot be used. `onContent` is called with the SHA-256 of
   * its bytes, for the outcome to say what it is of.
   */
  readonly work: (row: Row, onContent: (sha256: string) => void) => Promise<unknown>;
  /** Videos at once. */
  readonly limit: number;
  /** Whether another may be begun. */
  readonly mayBegin: () => boolean;
  /** Called when a row has ended; seconds are 0 for one that had before. */
  readonly onEnd: (row: number, isBroken: boolean, seconds: number) => void;
}

/** Does what is left of a shard. `rest` where it was left early: what has ended is kept. Rejects with what is no video's fault. */
export async function workShard(
  run: Run,
  shard: RowRange,
  { work, limit, mayBegin, onEnd }: ShardWork,
): Promise<'done' | 'rest'> {
  if (await hasShard(run, shard)) {
    const path = join(run.folder, shardFile(shard));
    for await (const line of linesOf(path)) {
      const { row, error } = outcomeOf(line, path);
      onEnd(row, error !== undefined, 0);
    }
    return 'done';
  }
  const folder = join(run.folder, 'parts');
  await makeFolder(folder, 'results');
  const { known, beginnings } = await earlierParts(folder, shard);
  const rows = await rowsOfRun(run, shard.from, shard.to);
  const part = await open(
    join(folder, `${shard.index}.${randomBytes(4).toString('hex')}.jsonl`),
    'a',
  );
  const say = (line: unknown): Promise<unknown> => part.write(`${JSON.stringify(line)}\n`);

  const outcome = async (row: Row, place: number): Promise<Outcome> => {
    const number = shard.from + place;
    const before = known.get(number);
    if (before) {
      onEnd(number, before.error !== undefined, 0);
      return before;
    }
    if (!mayBegin()) throw new Left();
    await say({ begin: number });
    const startedAt = performance.now();
    const { file, labels } = row;
    const start = { row: number, file, ...(labels ? { labels: [...labels] } : {}) };
    const end =
      (beginnings.get(number) ?? 0) >= MOST_BEGINNINGS
        ? { ...start, error: deadly(file) }
        : { ...start, ...(await resultOf(work, row, () => say({ left: number }))) };
    await say(end);
    onEnd(number, end.error !== undefined, (performance.now() - startedAt) / 1000);
    return end;
  };

  try {
    const outcomes: Outcome[] = [];
    for await (const end of inOrder(rows, limit, outcome)) outcomes.push(end);
    await writeShard(run, shard, outcomes);
  } catch (error) {
    if (error instanceof Left) return 'rest';
    throw error;
  } finally {
    await part.close();
  }
  for (const name of await partsOf(folder, shard)) await rm(join(folder, name), { force: true });
  return 'done';
}

async function resultOf(
  work: ShardWork['work'],
  row: Row,
  onLeft: () => Promise<unknown>,
): Promise<Pick<Outcome, 'sha256' | 'result' | 'error'>> {
  let content: Pick<Outcome, 'sha256'> = {};
  try {
    const result = await work(row, (sha256) => (content = { sha256 }));
    return { ...content, result };
  } catch (error) {
    if (isMediaError(error)) {
      return { ...content, error: { kind: error.name, message: error.message } };
    }
    await onLeft();
    throw error;
  }
}

const deadly = (file: string): NonNullable<Outcome['error']> => ({
  kind: 'MediaError',
  message: `${file}: expected a video that can be read to its end, received ${MOST_BEGINNINGS} processes that ended in the middle of it.`,
});

/** No more is to be begun. */
class Left extends Error {
  override name = 'Left';
}

const partsOf = async (folder: string, { index }: Shard): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith(`${index}.`));

/** What workers before this one ended of a shard, and how often they began what they did not end. */
async function earlierParts(folder: string, shard: RowRange) {
  const outcomes = new Map<number, Outcome>();
  const beginnings = new Map<number, number>();
  for (const name of await partsOf(folder, shard)) {
    const path = join(folder, name);
    for await (const line of linesOf(path)) {
      const [, kind, row] = /^\{"(begin|left)":(\d+)\}$/.exec(line) ?? [];
      if (kind !== undefined) {
        const count = beginnings.get(Number(row)) ?? 0;
        beginnings.set(Number(row), count + (kind === 'begin' ? 1 : -1));
        continue;
      }
      const end = wholeOutcome(line, path);
      if (end && end.row >= shard.from && end.row < shard.to) outcomes.set(end.row, end);
    }
  }
  return { known: outcomes, beginnings };
}

/** An outcome, or nothing for the line that its writer did not come to the end of. */
function wholeOutcome(line: string, path: string): Outcome | undefined {
  try {
    return outcomeOf(line, path);
  } catch {
    return undefined;
  }
}

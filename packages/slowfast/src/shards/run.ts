/**
 * @file A run over a list that several processes share, on disk: `runs/<id>/` in the folder of results. `run.json` says
 * what it is, `rows.jsonl` has every row of the list, and one file a shard what became of its rows. The id is made of
 * what the results depend on, so that shards of other settings or another list never meet.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  BOUNDS,
  fileText,
  readJson,
  schemaParts,
  SpecError,
  writeFileAtomic,
  writeTextAtomic,
  type Data,
} from '@slowfast/core';
import { canonicalJson } from './canonical-json.js';
import { isThere } from '../files/is-there.js';
import { makeFolder } from '../files/make-folder.js';
import type { Shard } from './shard.js';

const FORMAT = 'slowfast-run/1';
/** The folder of all runs, in a folder of results. */
export const RUNS = 'runs';

const { listOf, object, text, whole } = schemaParts;
const description = object({
  format: v.literal(FORMAT),
  command: text(),
  rows: whole(0, Number.MAX_SAFE_INTEGER),
  rowsHash: text(),
  about: v.record(v.string(), v.unknown()),
});

const rowSchema = object({
  file: text(),
  /** What files written for it are called. */
  name: v.optional(text()),
  labels: v.optional(listOf(whole(0, BOUNDS.classes), BOUNDS.classes)),
});

const outcomeSchema = object({
  row: whole(0, Number.MAX_SAFE_INTEGER),
  file: text(),
  labels: v.optional(listOf(whole(0, BOUNDS.classes), BOUNDS.classes)),
  /** Of the video's bytes, where a worker of a queue read it. */
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  result: v.optional(v.unknown()),
  error: v.optional(object({ kind: v.string(), message: v.string() })),
});

/** One row of a list: a video, and its classes where it has some. */
export type Row = Data<typeof rowSchema>;

/** What became of a row: a result, whose form is the command's, or the error of a video that cannot be used. */
export type Outcome = Data<typeof outcomeSchema>;

/** What a run is. */
export interface RunDescription {
  /** `evaluate`, … */
  readonly command: string;
  readonly rows: number;
  /** What the results depend on and what a summary says beside them: plain data. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** A run on disk. */
export interface Run extends RunDescription {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly folder: string;
}

/** Characters of an outcome: people on each second of a film of hours, with their joints. */
const LONGEST = 2 ** 28;
/** Digits of a run's id. */
const DIGITS = 16;
const ENCODER = new TextEncoder();
/** Lines are written in pieces of this many characters. */
const PIECE = 1 << 16;

/** Lines of JSON, in pieces. */
async function writeLines(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await writeFileAtomic(
    path,
    async (sink) => {
      let lines = '';
      for await (const value of values) {
        lines += `${JSON.stringify(value)}\n`;
        if (lines.length < PIECE) continue;
        await sink.write(ENCODER.encode(lines));
        lines = '';
      }
      await sink.write(ENCODER.encode(lines));
    },
    signal,
  );
}

/**
 * The run over these rows, made on disk where it is not there yet. Any number of processes may make the same at once.
 * Rejects with {@link SpecError} for a folder that cannot be written.
 */
export async function makeRun(
  results: string,
  command: string,
  rows: readonly Row[],
  about: Readonly<Record<string, unknown>>,
): Promise<Run> {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  const plain = {
    ...{ format: FORMAT, command, rows: rows.length, rowsHash: hash.digest('hex') },
    about: JSON.parse(JSON.stringify(about)) as RunDescription['about'],
  };
  const id = idOf(plain);
  const folder = join(results, RUNS, id);
  await makeFolder(folder, 'results');
  const path = join(folder, 'run.json');
  if (!(await isThere(path))) {
    await writeLines(join(folder, 'rows.jsonl'), rows);
    await writeOffsets(folder, rows);
    await writeTextAtomic(path, `${JSON.stringify(plain)}\n`);
  }
  return { id, folder, command, rows: rows.length, about: plain.about };
}

const idOf = (plain: object): string =>
  createHash('sha256').update(canonicalJson(plain)).digest('hex').slice(0, DIGITS);

/** Where each row begins in the file of rows, and where the last ends: 8 bytes each. */
async function writeOffsets(folder: string, rows: readonly Row[]): Promise<void> {
  const offsets = new BigUint64Array(rows.length + 1);
  let at = 0;
  rows.forEach((row, index) => {
    at += Buffer.byteLength(JSON.stringify(row)) + 1;
    offsets[index + 1] = BigInt(at);
  });
  await writeFileAtomic(join(folder, 'rows.offsets'), (sink) =>
    sink.write(new Uint8Array(offsets.buffer)),
  );
}

/** A run that was made, in a folder of results. Rejects with {@link SpecError} for one that is not there or was changed. */
export async function openRun(results: string, id: string): Promise<Run> {
  const folder = join(results, RUNS, id);
  const path = join(folder, 'run.json');
  const refuse = (received: string): SpecError =>
    new SpecError({ site: path, expected: `the run ${id}`, received });
  if (!/^[0-9a-f]{16}$/.test(id)) throw refuse('no name of a run');
  const plain = readJson(description, await fileText(path), { site: path });
  if (idOf(plain) !== id) throw refuse('what another name was made of');
  const { command, rows, about } = plain;
  return { id, folder, command, rows, about };
}

/** Rows `from` to `to` (not itself) of a run, without reading the others. */
export async function rowsOfRun(
  { folder }: Pick<Run, 'folder'>,
  from: number,
  to: number,
): Promise<readonly Row[]> {
  const path = join(folder, 'rows.jsonl');
  const [begin, end] = await Promise.all([offsetOf(folder, from), offsetOf(folder, to)]);
  const text = (await bytesOf(path, begin, end - begin)).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => readJson(rowSchema, line, { site: path }));
}

const offsetOf = async (folder: string, row: number): Promise<number> =>
  Number((await bytesOf(join(folder, 'rows.offsets'), row * 8, 8)).readBigUInt64LE());

async function bytesOf(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead === length) return buffer;
    throw new SpecError({
      site: path,
      expected: `${position + length} bytes`,
      received: `${position + bytesRead}`,
      remedy: 'Remove the folder of the run, and begin it again',
    });
  } finally {
    await file.close();
  }
}

/** The name of a shard's file. */
export const shardFile = ({ index, count }: Shard): string => `${index}-of-${count}.jsonl`;

/** Names of files of shards. */
export const SHARD_FILE = /^\d+-of-\d+\.jsonl$/;

/** Whether the outcomes of a shard are there. */
export const hasShard = ({ folder }: Pick<Run, 'folder'>, shard: Shard): Promise<boolean> =>
  isThere(join(folder, shardFile(shard)));

/** Writes what became of the rows of a shard as it comes, whole or not at all. */
export const writeShard = (
  { folder }: Pick<Run, 'folder'>,
  shard: Shard,
  outcomes: Iterable<Outcome> | AsyncIterable<Outcome>,
  signal?: AbortSignal,
): Promise<void> => writeLines(join(folder, shardFile(shard)), outcomes, signal);

/** An outcome from a line of a shard's file; throws {@link SpecError} for what is none. */
export const outcomeOf = (line: string, site: string): Outcome =>
  readJson(outcomeSchema, line, { site, longest: LONGEST });

/** A row from a line of a run's file. */
export const rowOf = (line: string, site: string): Row => readJson(rowSchema, line, { site });

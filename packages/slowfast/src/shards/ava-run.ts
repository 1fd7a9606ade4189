/** @file An evaluation by AVA's protocol as a run of shards: a row a video, and the ground truth beside them. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { BOUNDS, readData, schemaParts, type Data } from '@slowfast/core';
import { AvaTableBuilder, evaluateAva, type AvaEvaluation } from '@slowfast/evaluation';
import { readAvaFile, readExclusionFile } from '../evaluate/ava.js';
import { addPeople, type PersonScores } from '../evaluate/ava-people.js';
import { fileHash } from '../files/file-hash.js';
import { isThere } from '../files/is-there.js';
import type { Completeness, FoundRun } from './merge.js';
import { orderedRun } from './ordered-outcomes.js';
import { makeRun, type Outcome, type Row, type Run, type RunDescription } from './run.js';

/** What such runs are of. */
export const AVA_RUN = 'evaluate-ava';

const { finite, listOf, object, text, whole } = schemaParts;
const box = v.tuple([finite, finite, finite, finite]);
const personSchema = object({
  second: whole(0, Number.MAX_SAFE_INTEGER),
  box,
  /** Float32 numbers by label id, little endian, in base64. */
  scores: v.pipe(v.string(), v.base64()),
});
const resultSchema = object({
  /** The name that the boxes have for the video. */
  video: text(),
  people: listOf(personSchema, Number.MAX_SAFE_INTEGER),
});
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const aboutSchema = object({
  /** SHA-256 of the files. */
  truth: hash,
  exclusions: v.nullable(hash),
  boxes: hash,
  boxThreshold: finite,
  perFrame: v.nullable(whole(1, BOUNDS.classes)),
  model: text(),
  settings: v.record(v.string(), v.unknown()),
  /** The options that a worker of a queue opens the model by. */
  flags: v.optional(v.record(v.string(), v.unknown())),
});

/** What the detections depend on, and what they are evaluated by. */
export type AvaAbout = Data<typeof aboutSchema>;

/** Files that an evaluation by AVA's protocol reads. */
export interface AvaFiles {
  /** Ground truth. */
  readonly data: string;
  readonly exclusions?: string;
  readonly boxes: string;
}

/** The hashes of the files, as {@link AvaAbout} has them. */
export async function avaHashes({ data, exclusions, boxes }: AvaFiles) {
  return {
    truth: await fileHash(data),
    exclusions: exclusions === undefined ? null : await fileHash(exclusions),
    boxes: await fileHash(boxes),
  };
}

/** The run over videos by the names that the boxes call them, with a copy of what it is evaluated by. */
export async function avaRun(
  results: string,
  videos: ReadonlyMap<string, string>,
  about: AvaAbout,
  { data, exclusions }: Pick<AvaFiles, 'data' | 'exclusions'>,
): Promise<Run> {
  const rows = [...videos].map(([name, file]): Row => ({ file, name }));
  const run = await makeRun(results, AVA_RUN, rows, { ...about });
  await copied(data, truthOf(run));
  if (exclusions !== undefined) await copied(exclusions, exclusionsOf(run));
  return run;
}

const truthOf = ({ folder }: Pick<Run, 'folder'>): string => join(folder, 'truth.csv');
const exclusionsOf = ({ folder }: Pick<Run, 'folder'>): string => join(folder, 'exclusions.csv');

const copied = async (from: string, to: string): Promise<void> => {
  if (!(await isThere(to))) await copyFile(from, to);
};

/** What an evaluation says of itself; throws SpecError for another command's run. */
export const avaAbout = ({ command, about }: RunDescription): AvaAbout =>
  readData(aboutSchema, about, { site: `run of ${command}` });

/** Scores as they stand in an outcome. */
export const peopleResult = (video: string, people: readonly PersonScores[]): unknown => ({
  video,
  people: people.map(({ second, box, scores }) => ({
    second,
    box: [...box],
    scores: Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString('base64'),
  })),
});

/** Adds what an outcome says; throws SpecError for another command's. */
function addOutcome(builder: AvaTableBuilder, { result, file }: Outcome): void {
  const { video, people } = readData(resultSchema, result, { site: file });
  const scored = people.map(({ second, box, scores }): PersonScores => {
    const bytes = Uint8Array.from(Buffer.from(scores, 'base64'));
    return { second, box, scores: new Float32Array(bytes.buffer, 0, bytes.length >> 2) };
  });
  addPeople(builder, video, scored);
}

/** An evaluation, and how many videos could not be used. */
export interface AvaSummary {
  readonly evaluation: AvaEvaluation;
  readonly broken: number;
}

/** The summary of all shards, as one run over all videos has it; only where no row is missing or double. */
export async function mergeAva(
  run: FoundRun,
  signal?: AbortSignal,
): Promise<Completeness & { readonly summary: AvaSummary | undefined }> {
  const { exclusions, perFrame } = avaAbout(run);
  const { missing, double, outcomes } = await orderedRun(run, signal);
  if (missing.length + double.length > 0) return { missing, double, summary: undefined };
  const builder = new AvaTableBuilder();
  let broken = 0;
  for await (const outcome of outcomes(signal)) {
    if (outcome.error) broken += 1;
    else addOutcome(builder, outcome);
  }
  const evaluation = evaluateAva(
    await readAvaFile(truthOf(run), { eighth: 'person' }),
    builder.build(),
    {
      exclusions: exclusions === null ? new Set() : await readExclusionFile(exclusionsOf(run)),
      ...(perFrame === null ? {} : { perFrame }),
    },
  );
  return { missing, double, summary: { evaluation, broken } };
}

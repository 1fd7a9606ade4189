/** @file An evaluation as a run of shards: scores as text in outcomes, and the summary of all of them. */
import * as v from 'valibot';
import { BOUNDS, readData, schemaParts, type Data } from '@slowfast/core';
import type { VideoScores } from '../classify/score-video.js';
import { metricsCounter, type Metrics } from '../evaluate/metrics.js';
import type { ScoredClip } from '../evaluate/score-list.js';
import { mergeRun, type Completeness, type FoundRun } from './merge.js';
import type { Outcome, RunDescription } from './run.js';

const { finite, flag, listOf, object, text } = schemaParts;
const milliseconds = v.pipe(finite, v.minValue(0));
const resultSchema = object({
  /** Float32 numbers, little endian, in base64: exact, and a third of the digits. */
  scores: v.pipe(v.string(), v.base64()),
  views: text(),
  warnings: listOf(v.string(), BOUNDS.classes),
  timing: object({ total: milliseconds, inference: milliseconds, waiting: milliseconds }),
});
const aboutSchema = object({
  model: text(),
  data: text(),
  views: text(),
  multiLabel: flag,
  labels: v.nullable(listOf(v.string(), BOUNDS.classes)),
  settings: v.record(v.string(), v.unknown()),
  /** The options that a worker of a queue opens the model by. */
  flags: v.optional(v.record(v.string(), v.unknown())),
});

/** What a summary of an evaluation says beside its numbers, and what its scores depend on. */
export type EvaluationAbout = Data<typeof aboutSchema>;

/** The summary of an evaluation: it depends on the list and the scores, not on how they came about. */
export interface EvaluationSummary {
  readonly about: EvaluationAbout;
  /** `undefined` where nothing was scored. */
  readonly metrics: Metrics | undefined;
  readonly broken: number;
}

/** What became of a clip, for a shard's file. */
export function clipOutcome(row: number, { clip, scores }: Omit<ScoredClip, 'known'>): Outcome {
  const place = { row, file: clip.path, labels: [...clip.labels] };
  return scores instanceof Error
    ? { ...place, error: { kind: scores.name, message: scores.message } }
    : { ...place, result: scoresResult(scores) };
}

/** Scores as they stand in an outcome. */
export const scoresResult = ({ scores, views, warnings, timing }: VideoScores): unknown => ({
  scores: Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString('base64'),
  ...{ views, warnings, timing },
});

/** The scores in an outcome; throws SpecError for what holds none. */
export function scoresOf({ result, file }: Outcome): Float32Array {
  const bytes = Buffer.from(readData(resultSchema, result, { site: file }).scores, 'base64');
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3));
  return new Float32Array(copy);
}

/** What an evaluation says of itself; throws SpecError for another command's run. */
export const evaluationAbout = ({ command, about }: RunDescription): EvaluationAbout =>
  readData(aboutSchema, about, { site: `run of ${command}` });

/** The summary of all shards, as one run over the whole list has it; only where no row is missing or double. */
export async function mergeEvaluation(
  run: FoundRun,
  signal?: AbortSignal,
): Promise<Completeness & { readonly summary: EvaluationSummary }> {
  const about = evaluationAbout(run);
  const counter = metricsCounter(about.multiLabel);
  let broken = 0;
  const completeness = await mergeRun(
    run,
    (outcome) => {
      if (outcome.error) broken += 1;
      else counter.add({ labels: outcome.labels ?? [], scores: scoresOf(outcome) });
    },
    signal,
  );
  return { ...completeness, summary: { about, metrics: counter.result(), broken } };
}

/** The object that a summary is in JSON. With nothing scored the numbers are `null`, not left out. */
export function summaryObject({ about, metrics, broken }: EvaluationSummary): object {
  const { model, data, views, multiLabel } = about;
  const nothing = multiLabel ? { videos: 0, mAP: null } : { videos: 0, top1: null, top5: null };
  return { summary: true, ...{ model, data, views }, ...(metrics ?? nothing), broken };
}

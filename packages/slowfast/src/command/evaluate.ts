/** @file `slowfast evaluate --data LIST`: how often a model is right, by the protocol of the papers. */
import type { CompiledModel, SlowFastError } from '@slowfast/core';
import { topPredictions } from '@slowfast/evaluation';
import { checkLabels, type ClipList, type ListedClip } from '@slowfast/video';
import type { VideoScores } from '../classify/score-video.js';
import { toEnd } from '../classify/in-order.js';
import { defined } from '../defined.js';
import { metricsCounter, type MetricsCounter } from '../evaluate/metrics.js';
import { pySlowFastTest } from '../evaluate/pyslowfast-test.js';
import { resultStore } from '../evaluate/result-store.js';
import { fileHash } from '../files/file-hash.js';
import {
  scoreList,
  withoutRepeats,
  type ListScoring,
  type ScoredClip,
} from '../evaluate/score-list.js';
import { evaluationSettings } from '../evaluate/settings.js';
import { clipOutcome, summaryObject, type EvaluationAbout } from '../shards/evaluation-run.js';
import { makeRun, writeShard, type Outcome, type Run } from '../shards/run.js';
import { shardOf, shardRows, shardText, type Shard } from '../shards/shard.js';
import { classCount, labelsOf, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { lazyPeople, type PeopleFinder } from '../pose/lazy-people.js';
import { isAnnotationPath } from '../pose/skeleton-file.js';
import { compileAny, type AnyRuntimeFlags } from './compile-tfjs.js';
import { evaluateAvaTask, type AvaFlags } from './evaluate-ava.js';
import { evaluateLocalisationTask, type LocalisationFlags } from './evaluate-localisation.js';
import { metricsText } from './evaluation-text.js';
import { EXIT, UsageError } from './exit.js';
import { listFlagged, listNotes, type ListFlags } from './list-options.js';
import type { Request } from './declaration.js';
import { variantOptions } from './model-options.js';
import { printableName } from './printable.js';
import { progressLine, type Progress } from './progress.js';
import { resultsShard, type ShardFlags } from './shard.js';
import type { Terminal } from './terminal.js';
import { openOptions, scoringOptions, type ScoringFlags } from './video-options.js';

/** What the options of the declarations parse to. */
export interface EvaluateFlags
  extends AvaFlags, LocalisationFlags, AnyRuntimeFlags, ScoringFlags, ListFlags, ShardFlags {
  readonly data: string;
  readonly task: string;
  readonly labels?: string;
  readonly top: number;
  readonly results?: string;
  readonly json?: boolean;
  /** Entries of a configuration of PySlowFast that are not followed. */
  readonly notCarriedOver?: readonly string[];
}

/** The list may be named by a configuration of PySlowFast in place of the option. */
type GivenFlags = Omit<EvaluateFlags, 'data'> & Partial<Pick<EvaluateFlags, 'data'>>;

/** Evaluates a list, or detections. */
export async function evaluate({
  flags: ownFlags,
  terminal,
}: Request<GivenFlags>): Promise<number> {
  const flags = await configured(ownFlags, terminal);
  if (flags.task !== 'clips') {
    if (flags.shard && flags.task !== 'ava') {
      throw new UsageError('--shard: is of --task clips and ava.');
    }
    const evaluateTask = flags.task === 'ava' ? evaluateAvaTask : evaluateLocalisationTask;
    return evaluateTask(flags, terminal);
  }
  const shard = resultsShard(flags, terminal);
  const { model, notes } = await compileAny(flags, terminal, Infinity);
  try {
    return await evaluateClips(model, notes, shard, flags, terminal);
  } finally {
    await model[Symbol.asyncDispose]();
  }
}

/** The flags with what a configuration of PySlowFast says where they say nothing. */
async function configured(flags: GivenFlags, terminal: Terminal): Promise<EvaluateFlags> {
  const test = flags.config === undefined ? undefined : await pySlowFastTest(flags.config);
  const data = flags.data ?? test?.data;
  if (data === undefined) {
    throw new UsageError(
      test
        ? `--data: expected it, or test.csv in DATA.PATH_TO_DATA_DIR of ${flags.config}`
        : '--data: expected a list of clips, or a folder with a folder for each class',
    );
  }
  if (!test) return { ...flags, data };
  const { notCarriedOver, prefix, pictures, weights } = test;
  terminal.err(`${flags.config}: not carried over: ${notCarriedOver.join(', ') || 'nothing'}\n`);
  return {
    ...defined({ weights, ...(flags.data === undefined ? { prefix, pictures } : {}) }),
    ...flags,
    ...{ data, notCarriedOver },
  };
}

/** A list as it is evaluated. */
export interface EvaluationList {
  readonly list: ClipList;
  /** Each video once. */
  readonly clips: readonly ListedClip[];
  readonly labels: readonly string[] | undefined;
  /** What looks wrong, a sentence each. */
  readonly notes: readonly string[];
}

/** The list that the flags name, checked against the model's classes. */
export async function evaluationList(
  model: CompiledModel,
  flags: EvaluateFlags,
  annotations?: PeopleFinder['annotations'],
): Promise<EvaluationList> {
  const classes = classCount(model);
  const ownLabels = await labelsOf(model, flags.labels);
  const list = isAnnotationPath(flags.data)
    ? await annotatedList(model, flags.data, annotations)
    : await listFlagged(flags.data, flags, ownLabels);
  checkLabels(list, classes);
  const labels = ownLabels ?? (list.classes?.length === classes ? list.classes : undefined);
  const clips = withoutRepeats(list.clips);
  const repeats = list.clips.length - clips.length;
  const notes = [
    ...untrainedWarning(model),
    ...listNotes(list),
    ...(repeats > 0 ? [`${repeats} lines repeat a video of the list: counted once`] : []),
  ];
  return { list, clips, labels, notes };
}

async function annotatedList(
  model: CompiledModel,
  data: string,
  annotations: PeopleFinder['annotations'] | undefined,
): Promise<ClipList> {
  const isSeen = preprocessingOf(model).skeleton !== undefined;
  if (isSeen && annotations) return (await annotations()).list(data);
  throw new UsageError(
    isSeen
      ? `--data ${data}: expected a list of files, since workers open them one by one`
      : `--data ${data}: expected a list of videos, since ${model.name} sees no skeletons; --input pose says that weights do`,
  );
}

/** What a summary says beside its numbers, and what its scores depend on. */
export async function aboutEvaluation(
  model: CompiledModel,
  { list, labels }: Pick<EvaluationList, 'list' | 'labels'>,
  flags: EvaluateFlags,
): Promise<EvaluationAbout> {
  const { clips, crops } = flags.views ?? preprocessingOf(model).views;
  return {
    ...{ model: model.name, data: flags.data, views: `${clips}x${crops}` },
    ...{ multiLabel: list.multiLabel, labels: labels ? [...labels] : null },
    settings: flags.results === undefined ? {} : await settingsOf(model, flags),
  };
}

/** The run of a list that several processes share. */
export const evaluationRun = async (
  results: string,
  clips: readonly ListedClip[],
  about: EvaluationAbout,
): Promise<Run> =>
  makeRun(
    results,
    'evaluate',
    clips.map(({ path, labels }) => ({ file: path, labels: [...labels] })),
    { ...about },
  );

interface Work {
  readonly list: ClipList;
  readonly labels: readonly string[] | undefined;
  readonly flags: EvaluateFlags;
  readonly terminal: Terminal;
}

async function evaluateClips(
  model: CompiledModel,
  notes: readonly string[],
  shard: Shard | undefined,
  flags: EvaluateFlags,
  terminal: Terminal,
): Promise<number> {
  await using people = lazyPeople();
  const listed = await evaluationList(model, flags, people.annotations);
  const { list, labels, clips } = listed;
  for (const text of [...notes, ...listed.notes]) terminal.err(`warning: ${text}\n`);
  const about = await aboutEvaluation(model, listed, flags);
  const { results } = flags;
  const store = results === undefined ? undefined : await resultStore(results, about.settings);
  const startedAt = performance.now();
  const tally: Found = { counter: metricsCounter(list.multiLabel), broken: 0, resumed: 0 };
  const outcomes = evaluateAll(
    shard ? shardOf(clips, shard) : clips,
    {
      ...scoringOptions(flags, model, terminal.signal),
      ...{ people, ...defined({ store }) },
    },
    { list, labels, flags, terminal },
    tally,
  );
  if (shard) {
    const run = await evaluationRun(results!, clips, about);
    await writeShard(run, shard, rowOutcomes(outcomes, clips.length, shard), terminal.signal);
  } else await toEnd(outcomes);
  const metrics = tally.counter.result();
  const { broken, resumed } = tally;
  const part = shard ? { shard: shardText(shard) } : {};
  if (flags.json) {
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    const { notCarriedOver } = flags;
    const summary = summaryObject({ about, metrics, broken });
    terminal.out(
      `${JSON.stringify({ run: true, device: model.device, resumed, seconds, ...defined({ notCarriedOver }) })}\n`,
    );
    terminal.out(`${JSON.stringify({ ...summary, ...part })}\n`);
  } else terminal.out(`\n${metricsText(metrics, labels, broken)}`);
  // A shard may have no row at all, where there are more shards than videos.
  const isEmpty = shard !== undefined && shard.index > clips.length;
  return broken > 0 || !(metrics || isEmpty) ? EXIT.failure : EXIT.success;
}

/** Outcomes of clips, which come in the order of the shard's rows. */
async function* rowOutcomes(
  clips: AsyncIterable<ScoredClip>,
  rows: number,
  shard: Shard,
): AsyncGenerator<Outcome, void> {
  const numbers = shardRows(rows, shard);
  for await (const clip of clips) yield clipOutcome(numbers.next().value as number, clip);
}

interface Found {
  readonly counter: MetricsCounter;
  broken: number;
  resumed: number;
}

/** Scores, counts and prints each clip, and hands it on. */
async function* evaluateAll(
  clips: readonly ListedClip[],
  scoring: ListScoring,
  work: Work,
  tally: Found,
): AsyncGenerator<ScoredClip, void> {
  const { terminal, flags } = work;
  const progress = progressLine(terminal, 'evaluating');
  try {
    for await (const scored of scoreList(clips, { ...scoring, onProgress: progress.update })) {
      const { clip, scores, known } = scored;
      if (known) tally.resumed += 1;
      if (scores instanceof Error) {
        tally.broken += 1;
        report(clip, scores, work, progress);
      } else {
        tally.counter.add({ labels: clip.labels, scores: scores.scores });
        progress.end();
        terminal.out(
          flags.json
            ? `${JSON.stringify(videoObject(clip, scores, known, work))}\n`
            : videoText(clip, scores, work),
        );
      }
      yield scored;
    }
  } finally {
    progress.end();
  }
}

function report(clip: ListedClip, error: SlowFastError, work: Work, progress: Progress): void {
  const { flags, terminal, list } = work;
  const { name: kind, message } = error;
  progress.end();
  if (flags.json) {
    terminal.out(
      `${JSON.stringify({ file: clip.path, ...truth(clip, list), error: { kind, message } })}\n`,
    );
  }
  terminal.err(`error: ${message}\n`);
}

const truth = ({ labels }: ListedClip, { multiLabel }: ClipList): object =>
  multiLabel ? { labels } : { label: labels[0] };

function videoObject(
  clip: ListedClip,
  { scores, views, warnings, timing }: VideoScores,
  resumed: boolean,
  { list, labels, flags }: Work,
): object {
  const predictions = topPredictions(scores, labels, flags.top);
  return {
    file: clip.path,
    ...truth(clip, list),
    ...(list.multiLabel ? {} : { correct: predictions[0]?.index === clip.labels[0] }),
    ...{ views, predictions, warnings, timing, resumed },
  };
}

function videoText(clip: ListedClip, { scores }: VideoScores, work: Work): string {
  const { labels, list } = work;
  const [best] = topPredictions(scores, labels, 1);
  const name = (label: number): string => labels?.[label] ?? `class ${label}`;
  const answer = `${best!.score.toFixed(4)}  ${best!.label}`;
  if (list.multiLabel) {
    return `${answer}  (${clip.labels.map(name).join(', ') || 'none'})  ${printableName(clip.path)}\n`;
  }
  const right = best!.index === clip.labels[0];
  return `${right ? 'right' : 'wrong'}  ${answer}${right ? '' : `, not ${name(clip.labels[0]!)}`}  ${printableName(clip.path)}\n`;
}

/** What the scores of the model that the flags name depend on. */
export async function settingsOf(
  model: CompiledModel,
  flags: EvaluateFlags,
): ReturnType<typeof evaluationSettings> {
  const { model: name, weights, config, seed, views, runtime } = flags;
  return evaluationSettings(model, {
    ...defined({ model: name, weights, seed, views }),
    variant: {
      ...variantOptions(flags),
      ...(config === undefined ? {} : { config: await fileHash(config) }),
    },
    runtime,
    open: openOptions(flags),
  });
}

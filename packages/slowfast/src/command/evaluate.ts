/** @file `slowfast evaluate --data LIST`: how often a model is right, by the protocol of the papers. */
import type { CompiledModel, SlowFastError } from '@slowfast/core';
import { topPredictions } from '@slowfast/evaluation';
import { checkLabels, type ClipList, type ListedClip } from '@slowfast/video';
import type { VideoScores } from '../classify/score-video.js';
import { defined } from '../defined.js';
import { metricsOf, type Metrics, type Scored } from '../evaluate/metrics.js';
import { resultStore } from '../evaluate/result-store.js';
import { scoreList, withoutRepeats, type ListScoring } from '../evaluate/score-list.js';
import { evaluationSettings } from '../evaluate/settings.js';
import { classCount, labelsOf, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { compileAny, type AnyRuntimeFlags } from './compile-tfjs.js';
import { evaluateAvaTask, type AvaFlags } from './evaluate-ava.js';
import { metricsText } from './evaluation-text.js';
import { EXIT } from './exit.js';
import { listFlagged, listNotes, type ListFlags } from './list-options.js';
import type { Request } from './declaration.js';
import { variantOptions } from './model-options.js';
import { printableName } from './printable.js';
import { progressLine, type Progress } from './progress.js';
import type { Terminal } from './terminal.js';
import { openOptions, scoringOptions, type ScoringFlags } from './video-options.js';

interface EvaluateFlags extends AvaFlags, AnyRuntimeFlags, ScoringFlags, ListFlags {
  readonly data: string;
  readonly task: string;
  readonly labels?: string;
  readonly top: number;
  readonly results?: string;
  readonly json?: boolean;
}

/** Evaluates a list, or detections. */
export async function evaluate({ flags, terminal }: Request<EvaluateFlags>): Promise<number> {
  if (flags.task === 'ava') return evaluateAvaTask(flags, terminal);
  const { model, notes } = await compileAny(flags, terminal, Infinity);
  try {
    return await evaluateClips(model, notes, flags, terminal);
  } finally {
    await model[Symbol.asyncDispose]();
  }
}

interface Work {
  readonly list: ClipList;
  readonly labels: readonly string[] | undefined;
  readonly flags: EvaluateFlags;
  readonly terminal: Terminal;
}

async function evaluateClips(
  model: CompiledModel,
  notes: readonly string[],
  flags: EvaluateFlags,
  terminal: Terminal,
): Promise<number> {
  const classes = classCount(model);
  const named = await labelsOf(model, flags.labels);
  const list = await listFlagged(flags.data, flags, named);
  checkLabels(list, classes);
  const labels = named ?? (list.classes?.length === classes ? list.classes : undefined);
  const clips = withoutRepeats(list.clips);
  const repeats = list.clips.length - clips.length;
  for (const text of [
    ...notes,
    ...untrainedWarning(model),
    ...listNotes(list),
    ...(repeats > 0 ? [`${repeats} lines repeat a video of the list: counted once`] : []),
  ]) {
    terminal.err(`warning: ${text}\n`);
  }
  const preprocessing = preprocessingOf(model);
  const store = flags.results === undefined ? undefined : await storeOf(model, flags);
  const startedAt = performance.now();
  const found = await evaluateAll(
    clips,
    { model, preprocessing, ...scoringOptions(flags, terminal.signal), ...defined({ store }) },
    { list, labels, flags, terminal },
  );
  const metrics = metricsOf(found.scored, list.multiLabel);
  const views = flags.views ?? preprocessing.views;
  terminal.out(
    flags.json
      ? `${JSON.stringify({
          ...{ summary: true, model: model.name, device: model.device, data: flags.data },
          views: `${views.clips}x${views.crops}`,
          ...summaryOf(metrics, list.multiLabel),
          broken: found.broken,
          resumed: found.resumed,
          seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        })}\n`
      : `\n${metricsText(metrics, labels, found.broken)}`,
  );
  return found.broken > 0 || !metrics ? EXIT.failure : EXIT.success;
}

/** With nothing scored the numbers are `null`, not left out. */
const summaryOf = (metrics: Metrics | undefined, multiLabel: boolean): object =>
  metrics ?? (multiLabel ? { videos: 0, mAP: null } : { videos: 0, top1: null, top5: null });

interface Found {
  readonly scored: readonly Scored[];
  readonly broken: number;
  readonly resumed: number;
}

async function evaluateAll(
  clips: readonly ListedClip[],
  scoring: ListScoring,
  work: Work,
): Promise<Found> {
  const { terminal, flags } = work;
  const scored: Scored[] = [];
  let [broken, resumed] = [0, 0];
  const progress = progressLine(terminal, 'evaluating');
  const results = scoreList(clips, { ...scoring, onProgress: progress.update });
  try {
    for await (const { clip, scores, known } of results) {
      if (known) resumed++;
      if (scores instanceof Error) {
        broken++;
        report(clip, scores, work, progress);
        continue;
      }
      scored.push({ labels: clip.labels, scores: scores.scores });
      progress.end();
      terminal.out(
        flags.json
          ? `${JSON.stringify(videoObject(clip, scores, known, work))}\n`
          : videoText(clip, scores, work),
      );
    }
  } finally {
    progress.end();
  }
  return { scored, broken, resumed };
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

async function storeOf(model: CompiledModel, flags: EvaluateFlags) {
  const { model: name, weights, seed, views, runtime } = flags;
  const settings = await evaluationSettings(model, {
    ...defined({ model: name, weights, seed, views }),
    variant: variantOptions(flags),
    runtime,
    open: openOptions(flags),
  });
  return resultStore(flags.results!, settings);
}

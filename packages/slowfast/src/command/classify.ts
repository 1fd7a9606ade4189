/** @file `slowfast classify FILE...`: videos in, classes out. */
import { SlowFastError, type CompiledModel } from '@slowfast/core';
import { topPredictions, type Prediction } from '@slowfast/evaluation';
import { EXIT, reportVideo, videosOutcome } from './exit.js';
import { inOrder } from '../classify/in-order.js';
import { runsOf, scoreVideo, videosAtOnce, type VideoScores } from '../classify/score-video.js';
import { videoFiles } from '../files/video-files.js';
import { lazyPeople, type PeopleFinder } from '../pose/lazy-people.js';
import { labelsOf, untrainedWarning } from '../model/labels.js';
import type { Request } from './declaration.js';
import { type ModelFlags } from './model-options.js';
import { printableName } from './printable.js';
import { filesProgress, type FilesProgress } from './progress.js';
import { sharedRows, type ShardFlags } from './shard.js';
import type { Terminal } from './terminal.js';
import { scoringOptions, type ScoringFlags } from './video-options.js';
import { compileAny, type AnyRuntimeFlags } from './compile-tfjs.js';

/** What the options of the declarations parse to. */
export interface ClassifyFlags extends ModelFlags, AnyRuntimeFlags, ScoringFlags, ShardFlags {
  readonly top: number;
  readonly labels?: string;
  readonly json?: boolean;
}

/** What `--json` prints for one video, one a line. */
interface Result {
  readonly file: string;
  readonly model: string;
  /** Clips x crops. */
  readonly views: string;
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
  /** Where it ran, and milliseconds altogether, in the model, and waiting for frames. */
  readonly device: string;
  readonly timing: VideoScores['timing'];
}

/** Scores videos. */
export async function classify({ args, flags, terminal }: Request<ClassifyFlags>): Promise<number> {
  const all = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  const files = sharedRows(all.length, flags, terminal).map((row) => all[row]!);
  if (files.length === 0) return EXIT.success;
  const runs = runsOf(files.length, flags);
  const { model, notes } = await compileAny(flags, terminal, runs);
  const progress = filesProgress(terminal, files.length);
  try {
    const labels = await labelsOf(model, flags.labels);
    const warnings = [
      ...untrainedWarning(model),
      ...(labels ? [] : ['no labels for these classes: give them by --labels']),
    ];
    for (const text of [...notes, ...warnings]) terminal.err(`warning: ${text}\n`);
    const { videos, parallel } = videosAtOnce(files.length, model);
    await using people = lazyPeople();
    const work = { model, people, labels, warnings, flags, terminal, parallel, progress };
    let failed = 0;
    for await (const print of inOrder(files, videos, (file) => classifyOne(file, work))) {
      if (!print()) failed += 1;
    }
    return videosOutcome(terminal, failed, files.length);
  } finally {
    progress.end();
    await model[Symbol.asyncDispose]();
  }
}

interface Work {
  readonly model: CompiledModel;
  readonly people: PeopleFinder;
  readonly labels: readonly string[] | undefined;
  readonly warnings: readonly string[];
  readonly flags: ClassifyFlags;
  readonly terminal: Terminal;
  readonly parallel: number;
  readonly progress: FilesProgress;
}

/** Classifies one video; gives what prints the result, or the video's own error, which is told by `false`. */
async function classifyOne(file: string, work: Work): Promise<() => boolean> {
  const { flags, terminal } = work;
  try {
    terminal.signal.throwIfAborted();
    const result = await scored(file, work);
    return () => {
      terminal.out(flags.json ? `${JSON.stringify(result)}\n` : resultText(result));
      if (!flags.json) {
        for (const warning of result.warnings.slice(work.warnings.length)) {
          terminal.err(`warning: ${printableName(file)}: ${warning}\n`);
        }
      }
      return true;
    };
  } catch (error) {
    if (terminal.signal.aborted || !(error instanceof SlowFastError)) throw error;
    return () => {
      reportVideo(terminal, flags.json, file, error);
      return false;
    };
  }
}

async function scored(file: string, work: Work): Promise<Result> {
  const { model, people, labels, flags, terminal, parallel } = work;
  const progress = work.progress.begin(file);
  try {
    const { scores, views, warnings, timing } = await scoreVideo(file, {
      ...scoringOptions(flags, model, terminal.signal),
      people,
      parallel,
      onProgress: progress.update,
    });
    return {
      file,
      model: model.name,
      views,
      predictions: topPredictions(scores, labels, flags.top),
      warnings: [...work.warnings, ...warnings],
      device: model.device,
      timing,
    };
  } finally {
    progress.end();
  }
}

function resultText({ file, model, views: counts, predictions, timing }: Result): string {
  const width = Math.max(0, ...predictions.map(({ score }) => score.toFixed(4).length));
  const lines = predictions.map(
    ({ label, score }) => `  ${score.toFixed(4).padStart(width)}  ${printableName(label)}`,
  );
  const seconds = (timing.total / 1000).toFixed(1);
  return `${printableName(file)}  (${printableName(model)}, ${counts} views, ${seconds} s)\n${lines.join('\n')}\n`;
}

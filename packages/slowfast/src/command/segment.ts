/** @file `slowfast segment VIDEO...`: when classes happen. */
import { dirname, join } from 'node:path';
import { isMediaError, writeFileAtomic } from '@slowfast/core';
import { drawScores } from '@slowfast/drawing';
import {
  SEGMENT_TEXTS,
  type ScoredSegment,
  type SegmentFormat,
  type SegmentOptions,
} from '@slowfast/evaluation';
import { defined } from '../defined.js';
import { makeFolder } from '../files/make-folder.js';
import { videoFiles } from '../files/video-files.js';
import { localiseVideo, type Localisation, type Localising } from '../localise/localise-video.js';
import { labelsOf, numberedClasses, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { compileAny, type AnyRuntimeFlags } from './compile-tfjs.js';
import type { Request } from './declaration.js';
import { EXIT, reportVideo, videosOutcome } from './exit.js';
import type { ModelFlags } from './model-options.js';
import { outputNames } from './output-names.js';
import { printableName } from './printable.js';
import { filesProgress } from './progress.js';
import { sharedRows, type ShardFlags } from './shard.js';
import { openOptions, type VideoFlags } from './video-options.js';

/** How segments are found: what the options of the declarations parse to. */
export interface SearchFlags extends VideoFlags {
  readonly every: number;
  readonly threshold: number;
  readonly low?: number;
  readonly grouping: NonNullable<SegmentOptions['grouping']>;
  readonly smooth: number;
  readonly shortest: number;
  readonly overlap: number;
  readonly batch: number;
}

interface SegmentFlags extends ModelFlags, AnyRuntimeFlags, SearchFlags, ShardFlags {
  readonly output?: string;
  readonly format: readonly (SegmentFormat | 'json' | 'svg')[];
  readonly labels?: string;
  readonly json?: boolean;
}

/** From flags to how a video is searched. */
export const searchOptions = (
  flags: SearchFlags,
): Omit<Localising, 'model' | 'preprocessing' | 'labels'> => ({
  ...defined({ low: flags.low }),
  every: flags.every,
  threshold: flags.threshold,
  grouping: flags.grouping,
  smoothing: flags.smooth,
  shortest: flags.shortest,
  overlap: flags.overlap,
  batch: flags.batch,
  open: openOptions(flags),
});

/** Finds the segments of videos. */
export async function segment({ args, flags, terminal }: Request<SegmentFlags>): Promise<number> {
  const files = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  const names = await outputNames(args, files);
  const rows = sharedRows(files.length, flags, terminal);
  if (rows.length === 0) return EXIT.success;
  if (flags.output !== undefined) await makeFolder(flags.output, '--output');
  const { model, notes } = await compileAny(flags, terminal, 30 * rows.length);
  const progress = filesProgress(terminal, rows.length);
  try {
    const ownLabels = await labelsOf(model, flags.labels);
    const labels = ownLabels ?? numberedClasses(model);
    const warnings = [
      ...untrainedWarning(model),
      ...(ownLabels ? [] : ['no labels for these classes: give them by --labels']),
    ];
    for (const text of [...notes, ...warnings]) terminal.err(`warning: ${text}\n`);
    const search = {
      ...searchOptions(flags),
      model,
      preprocessing: preprocessingOf(model),
      labels,
    };
    let failed = 0;
    for (const row of rows) {
      terminal.signal.throwIfAborted();
      const file = files[row]!;
      const line = progress.begin(file);
      try {
        const { signal } = terminal;
        const localisation = await localiseVideo(file, {
          ...search,
          signal,
          onProgress: line.update,
        });
        const result = { file, model: model.name, ...resultOf(localisation) };
        const written =
          flags.output === undefined
            ? []
            : await writeAll(join(flags.output, names[row]!), localisation, {
                ...flags,
                labels,
                result,
                signal,
              });
        line.end();
        terminal.out(
          flags.json ? `${JSON.stringify(result)}\n` : textOf(file, localisation, written),
        );
        if (!flags.json) {
          for (const text of localisation.warnings)
            terminal.err(`warning: ${printableName(file)}: ${text}\n`);
        }
      } catch (error) {
        if (terminal.signal.aborted || !isMediaError(error)) throw error;
        line.end();
        reportVideo(terminal, flags.json, file, error);
        failed++;
      } finally {
        line.end();
      }
    }
    return videosOutcome(terminal, failed, rows.length);
  } finally {
    progress.end();
    await model[Symbol.asyncDispose]();
  }
}

/** What `--json` prints of a video beside its name. */
const resultOf = ({ window, every, segments, warnings }: Localisation) => ({
  window,
  every,
  segments,
  warnings,
});

interface Written {
  readonly format: readonly (SegmentFormat | 'json' | 'svg')[];
  readonly threshold: number;
  readonly labels: readonly string[];
  readonly result: object & { readonly file: string };
  readonly signal: AbortSignal;
}

/** Writes a video's files; gives their paths. */
async function writeAll(
  stem: string,
  localisation: Localisation,
  { format, threshold, labels, result, signal }: Written,
): Promise<readonly string[]> {
  await makeFolder(dirname(stem), '--output');
  const paths: string[] = [];
  for (const name of format) {
    const path = `${stem}.${name}`;
    const text = {
      ...SEGMENT_TEXTS,
      json: () => `${JSON.stringify(result, undefined, 2)}\n`,
      svg: () => pictureOf(result.file, localisation, labels, threshold),
    }[name](localisation.segments);
    await writeFileAtomic(path, (sink) => sink.write(new TextEncoder().encode(text)), signal);
    paths.push(path);
  }
  return paths;
}

/** Classes that a picture shows. */
const CURVES = 4;

/** The classes that have segments, and the best of the others. */
function pictureOf(
  file: string,
  { times, scores, classes, segments }: Localisation,
  labels: readonly string[],
  threshold: number,
): string {
  const windows = times.length / 2;
  const ofClass = (c: number): Float32Array =>
    Float32Array.from({ length: windows }, (_, i) => scores[i * classes + c]!);
  const length = (c: number): number =>
    segments
      .filter(({ label }) => label === labels[c])
      .reduce((sum, { start, end }) => sum + end - start, 0);
  const best = labels
    .map((label, c) => ({ label, scores: ofClass(c), length: length(c) }))
    .sort((a, b) => b.length - a.length || Math.max(...b.scores) - Math.max(...a.scores))
    .slice(0, CURVES);
  return drawScores({
    times: Array.from({ length: windows }, (_, i) => (times[2 * i]! + times[2 * i + 1]!) / 2),
    classes: best,
    segments,
    from: times[0]!,
    to: times[2 * windows - 1]!,
    title: file,
    threshold,
  });
}

function textOf(file: string, { segments }: Localisation, written: readonly string[]): string {
  const seconds = (value: number): string => value.toFixed(2).padStart(8);
  const lines = segments.map(
    ({ start, end, label, score }: ScoredSegment) =>
      `${seconds(start)} ${seconds(end)}  ${score.toFixed(4)}  ${printableName(label)}\n`,
  );
  const to = written.length > 0 ? `  →  ${written.map(printableName).join(', ')}` : '';
  return `${printableName(file)}${to}\n${lines.length > 0 ? lines.join('') : '  no segment\n'}`;
}

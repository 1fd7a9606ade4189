/** @file `slowfast evaluate --task ava`: frame mAP of detections, from a file or found in videos. */
import { evaluateAva, type AvaEvaluation, type AvaTable } from '@slowfast/evaluation';
import { classLabels } from '@slowfast/models';
import { detectListed, readAvaFile, readExclusionFile, writeAvaFile } from '../evaluate/ava.js';
import { compileOptions, type RuntimeFlags } from './compile.js';
import { EXIT, UsageError } from './exit.js';
import type { ModelFlags } from './model-options.js';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to; `data` is the ground truth. */
export interface AvaFlags extends ModelFlags, RuntimeFlags {
  readonly data: string;
  readonly exclusions?: string;
  readonly detections?: string;
  readonly boxes?: string;
  readonly videos?: string;
  readonly boxThreshold: number;
  readonly saveDetections?: string;
  readonly perFrame?: number;
  readonly json?: boolean;
}

/** Evaluates by AVA's protocol and prints the mean and every class. */
export async function evaluateAvaTask(flags: AvaFlags, terminal: Terminal): Promise<number> {
  const fromFile = flags.detections !== undefined;
  if (fromFile === (flags.boxes !== undefined && flags.videos !== undefined)) {
    throw new UsageError('--task ava: expected --detections, or --boxes and --videos');
  }
  const truth = await readAvaFile(flags.data, { eighth: 'person' });
  const exclusions = flags.exclusions
    ? await readExclusionFile(flags.exclusions)
    : new Set<string>();
  const found = fromFile ? await readAvaFile(flags.detections!) : await detectAll(flags, terminal);
  if (flags.saveDetections !== undefined)
    await writeAvaFile(flags.saveDetections, found, terminal.signal);
  const { perFrame } = flags;
  const result = evaluateAva(truth, found, {
    exclusions,
    ...(perFrame === undefined ? {} : { perFrame }),
  });
  const names = await classLabels('ava');
  terminal.out(flags.json ? `${JSON.stringify(report(result, names))}\n` : textOf(result, names));
  return Number.isNaN(result.meanAveragePrecision) ? EXIT.failure : EXIT.success;
}

/** The scores of all actions for every box of every video. */
async function detectAll(flags: AvaFlags, terminal: Terminal): Promise<AvaTable> {
  const progress = progressLine(terminal, 'videos');
  try {
    return await detectListed({
      boxes: flags.boxes!,
      boxThreshold: flags.boxThreshold,
      videos: flags.videos!,
      model: compileOptions(flags, terminal),
      signal: terminal.signal,
      onProgress: progress.update,
      onNote: (note) => terminal.err(`warning: ${note}\n`),
    });
  } finally {
    progress.end();
  }
}

function report(
  { meanAveragePrecision, averagePrecision }: AvaEvaluation,
  names: readonly string[],
) {
  return {
    meanAveragePrecision: Number.isNaN(meanAveragePrecision) ? null : meanAveragePrecision,
    classes: [...averagePrecision].map(([label, ap]) => ({
      label,
      name: names[label - 1],
      averagePrecision: ap,
    })),
  };
}

function textOf(result: AvaEvaluation, names: readonly string[]): string {
  const percent = (value: number): string => (100 * value).toFixed(2).padStart(6);
  const rows = [...result.averagePrecision].map(
    ([label, ap]) => `${ap === null ? '     -' : percent(ap)}  ${names[label - 1]}\n`,
  );
  return `${rows.join('')}${percent(result.meanAveragePrecision)}  mAP@0.5IOU\n`;
}

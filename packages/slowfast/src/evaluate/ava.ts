/** @file `slowfast evaluate --task ava`: frame mAP of detections, from a file or found in videos. */
import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { SpecError } from '@slowfast/core';
import {
  AvaTableBuilder,
  avaBox,
  evaluateAva,
  readAvaExclusions,
  readAvaTable,
  type AvaEvaluation,
  type AvaTable,
} from '@slowfast/evaluation';
import { classLabels } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import { AVA_FIRST_SECOND, openVideo, type Box } from '@slowfast/video';
import type { Command } from 'commander';
import type { RuntimeFlags } from '../command/compile.js';
import { compileDetector, type CompiledDetector } from '../detect/compile-detector.js';
import { detectActions } from '../detect/detection.js';
import { EXIT, UsageError } from '../command/exit.js';
import type { ModelFlags } from '../command/model-options.js';
import { progressLine } from '../command/progress.js';
import type { Terminal } from '../command/terminal.js';
import { videoFiles } from '../command/video-files.js';

/** What the options of {@link addAvaOptions} parse to; `data` is the ground truth. */
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

/** Adds the options of people in boxes. */
export function addAvaOptions(command: Command): Command {
  return command
    .option('--detections <csv>', 'ava: detections to evaluate, in place of a model')
    .option('--exclusions <csv>', 'ava: key frames to leave out')
    .option('--boxes <csv>', 'ava: boxes of people with scores, which the model classifies')
    .option('--videos <folder>', 'ava: where the videos are that the boxes name')
    .option('--box-threshold <score>', 'ava: least score of a box', fraction, 0.8)
    .option(
      '--per-frame <n>',
      'ava: best detections that count on a key frame (default: all)',
      count,
    )
    .option('--save-detections <csv>', 'ava: write what the model found');
}

/** Evaluates by AVA's protocol and prints the mean and every class. */
export async function evaluateAvaTask(flags: AvaFlags, terminal: Terminal): Promise<number> {
  const fromFile = flags.detections !== undefined;
  if (fromFile === (flags.boxes !== undefined && flags.videos !== undefined)) {
    throw new UsageError('--task ava: expected --detections, or --boxes and --videos');
  }
  const truth = await table(flags.data, { eighth: 'person' });
  const exclusions = flags.exclusions
    ? await readable(flags.exclusions, readAvaExclusions(text(flags.exclusions), flags.exclusions))
    : new Set<string>();
  const found = fromFile ? await table(flags.detections!) : await detectAll(flags, terminal);
  if (flags.saveDetections !== undefined) await save(flags.saveDetections, found, terminal.signal);
  const { perFrame } = flags;
  const result = evaluateAva(truth, found, {
    exclusions,
    ...(perFrame === undefined ? {} : { perFrame }),
  });
  const names = await classLabels('ava');
  terminal.out(flags.json ? `${JSON.stringify(report(result, names))}\n` : textOf(result, names));
  return Number.isNaN(result.meanAveragePrecision) ? EXIT.failure : EXIT.success;
}

const text = (path: string) => createReadStream(path, 'utf8');

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  return reading.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === undefined) throw cause;
    throw new SpecError({
      site: path,
      expected: 'a file that can be read',
      received: cause.message,
      cause,
    });
  });
}

const table = (path: string, options: Parameters<typeof readAvaTable>[1] = {}): Promise<AvaTable> =>
  readable(path, readAvaTable(text(path), { name: path, ...options }));

/** The scores of all actions for every box of every video. */
async function detectAll(flags: AvaFlags, terminal: Terminal): Promise<AvaTable> {
  const boxes = byVideo(await table(flags.boxes!, { threshold: flags.boxThreshold }));
  const files = new Map(
    (await videoFiles([flags.videos!], terminal.err)).map((path) => [
      basename(path, extname(path)),
      path,
    ]),
  );
  const missing = [...boxes.keys()].filter((name) => !files.has(name));
  if (missing.length > 0) {
    throw new SpecError({
      site: `--videos ${flags.videos}`,
      expected: `the ${boxes.size} videos that the boxes name`,
      received: `a folder without ${missing.slice(0, 3).join(', ')}`,
    });
  }
  const builder = new AvaTableBuilder();
  const progress = progressLine(terminal, 'videos');
  let compiled: (CompiledDetector & { readonly size: string }) | undefined;
  let done = 0;
  try {
    for (const [name, seconds] of boxes) {
      terminal.signal.throwIfAborted();
      await using video = await openVideo(files.get(name)!, { signal: terminal.signal });
      const size = `${video.info.width}x${video.info.height}`;
      if (compiled?.size !== size) {
        await compiled?.model[Symbol.asyncDispose]();
        compiled = { size, ...(await compileDetector(flags, terminal, video.info)) };
        for (const note of done === 0 ? compiled.notes : []) terminal.err(`warning: ${note}\n`);
      }
      const { model, preprocessing } = compiled;
      const frames = await detectActions(video, {
        ...{ model, preprocessing, labels: model.metadata.labels, top: Infinity, minScore: 0 },
        times: [...seconds.keys()].map((second) => second - AVA_FIRST_SECOND),
        people: async (time) =>
          seconds.get(Math.round(time) + AVA_FIRST_SECOND)!.map((box) => ({ box, score: 1 })),
        signal: terminal.signal,
      });
      // mmaction2's class 0 is the background, and no action: its indices are the label ids.
      const first = model.metadata.labels?.[0] === 'background' ? 0 : 1;
      for (const { time, boxes: people } of frames) {
        for (const { box, actions } of people) {
          for (const { index, score } of actions) {
            const second = Math.round(time) + AVA_FIRST_SECOND;
            builder.add({ video: name, second, box, label: index + first, score });
          }
        }
      }
      progress.update(++done, boxes.size);
    }
  } finally {
    progress.end();
    await compiled?.model[Symbol.asyncDispose]();
  }
  return builder.build();
}

/** Boxes by video and second; a box with several labels counts once. */
function byVideo(found: AvaTable): ReadonlyMap<string, ReadonlyMap<number, readonly Box[]>> {
  const videos = new Map<string, Map<number, Map<string, Box>>>();
  for (let row = 0; row < found.rows; row++) {
    const key = found.frames[found.frame[row]!]!;
    const comma = key.lastIndexOf(',');
    const [video, second] = [key.slice(0, comma), Number(key.slice(comma + 1))];
    const seconds = videos.get(video) ?? new Map<number, Map<string, Box>>();
    videos.set(video, seconds);
    const boxes = seconds.get(second) ?? new Map<string, Box>();
    seconds.set(second, boxes);
    const box = avaBox(found, row);
    boxes.set(box.join(), box);
  }
  return new Map(
    [...videos].map(([video, seconds]) => [
      video,
      new Map([...seconds].map(([second, boxes]) => [second, [...boxes.values()]])),
    ]),
  );
}

async function save(path: string, found: AvaTable, signal: AbortSignal): Promise<void> {
  const encoder = new TextEncoder();
  await writeFileAtomic(
    path,
    async (sink) => {
      let lines = '';
      for (let row = 0; row < found.rows; row++) {
        const box = avaBox(found, row);
        lines += `${found.frames[found.frame[row]!]},${box.join()},${found.labels[row]},${found.scores[row]}\n`;
        if (lines.length < 1 << 16 && row < found.rows - 1) continue;
        await sink.write(encoder.encode(lines));
        lines = '';
      }
    },
    signal,
  );
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

function fraction(value: string): number {
  const number = Number(value);
  if (value !== '' && number >= 0 && number <= 1) return number;
  throw new UsageError(`expected a number from 0 to 1, received '${value}'`);
}

function count(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(`expected a whole number of at least 1, received '${value}'`);
}

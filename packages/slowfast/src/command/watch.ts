/** @file `slowfast watch SOURCE`: what is going on, again and again, while frames arrive. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledModel } from '@slowfast/core';
import { scoreViews, topPredictions, type Prediction } from '@slowfast/evaluation';
import { LiveClips, liveFrames, openVideo, type LiveFrame } from '@slowfast/video';
import { EXIT, UsageError } from './exit.js';
import type { AddCommand } from './main.js';
import {
  DEFAULT_MODEL,
  addVariantOptions,
  addWeightOptions,
  labelsFrom,
  wholeNumber,
  type ModelFlags,
} from './model-options.js';
import { preprocessingOf } from '../score-video.js';
import type { Terminal } from './terminal.js';
import { addRuntimeOptions, compileFlagged, type RuntimeFlags } from './compile.js';

interface WatchFlags extends ModelFlags, RuntimeFlags {
  readonly every: number;
  readonly queue: number;
  readonly top: number;
  readonly format?: string;
  readonly fast?: boolean;
  readonly labels?: string;
  readonly json?: boolean;
}

/** What `--json` prints for one prediction, one a line. */
interface Observation {
  /** Seconds of the stream: the newest frame that was seen. */
  readonly time: number;
  readonly predictions: readonly Prediction[];
  /** Milliseconds from the arrival of that frame to the prediction, waiting in the queue included. */
  readonly latency: number;
  /** Frames that were dropped so far, since the model was slower than the stream. */
  readonly drops: number;
}

/** Adds `watch`. */
export const addWatch: AddCommand = (program, run) => {
  const command = program
    .command('watch')
    .description('classify a stream, camera or file while it plays, every so many seconds')
    .argument('<source>', 'a file, a URL, or a device that ffmpeg knows')
    .option(
      '--model <name>',
      `a name that \`slowfast models\` lists, or an .onnx file (default: ${DEFAULT_MODEL})`,
    );
  addRuntimeOptions(addWeightOptions(addVariantOptions(command)))
    .option('--every <seconds>', 'from prediction to prediction', seconds, 1)
    .option(
      '--queue <frames>',
      'frames that wait at most; then the oldest is dropped',
      wholeNumber,
      64,
    )
    .option('--top <n>', 'classes to print', wholeNumber, 3)
    .option('--format <name>', "ffmpeg's name of the device: v4l2, avfoundation, dshow")
    .option('--fast', 'take a file as fast as it decodes, without drops, instead of as it plays')
    .option('--labels <file>', 'class names, one a line, or the name of a data set')
    .option('--json', 'print one JSON object a prediction, one a line')
    .action((source: string, flags: WatchFlags) =>
      run(async (terminal) => {
        if (flags.top < 1) throw new UsageError('--top: expected a number of at least 1');
        if (flags.queue < 1) throw new UsageError('--queue: expected a number of at least 1');
        const { model: compiled, notes } = await compileFlagged(flags, terminal);
        await using model = compiled;
        const labels =
          flags.labels === undefined
            ? model.metadata.labels
            : await labelsFrom(flags.labels, Number(Object.values(model.outputs)[0]![1]));
        const untrained = 'the weights are initialised, not trained: the scores mean nothing';
        for (const text of [...notes, ...(model.metadata.trained === false ? [untrained] : [])]) {
          terminal.err(`warning: ${text}\n`);
        }
        const drops = await watch(source, model, labels, flags, terminal);
        if (drops > 0) terminal.err(`${drops} frames were dropped\n`);
        return EXIT.success;
      }),
    );
};

async function watch(
  source: string,
  model: CompiledModel,
  labels: readonly string[] | undefined,
  flags: WatchFlags,
  terminal: Terminal,
): Promise<number> {
  const preprocessing = preprocessingOf(model);
  const clips = new LiveClips({ preprocessing, every: flags.every, queue: flags.queue });
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, terminal.signal]);
  const feeding = feed(clips, source, flags, signal);
  try {
    for await (const { time, tensor, drops, arrivedAt } of clips) {
      terminal.signal.throwIfAborted();
      const views = [{ tensor }];
      const { scores } = await scoreViews(model, iterated(views), { preprocessing });
      const latency = Math.round(performance.now() - arrivedAt);
      const predictions = topPredictions(scores, labels, flags.top);
      const observation: Observation = { time, predictions, latency, drops };
      terminal.out(flags.json ? `${JSON.stringify(observation)}\n` : textOf(observation));
    }
    terminal.signal.throwIfAborted();
    return clips.drops;
  } finally {
    stop.abort();
    await feeding;
  }
}

async function* iterated<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

/** Pushes frames until the source ends; its errors are thrown where clips are taken. */
async function feed(
  clips: LiveClips,
  source: string,
  flags: WatchFlags,
  signal: AbortSignal,
): Promise<void> {
  try {
    const entry = await stat(source).catch(() => undefined);
    const isFile = flags.format === undefined && entry?.isFile() === true;
    const frames = isFile
      ? playedFile(source, flags.fast ? clips : undefined, flags.queue, signal)
      : liveFrames(source, { signal, ...(flags.format ? { format: flags.format } : {}) });
    for await (const frame of frames) clips.push(frame);
    clips.end();
  } catch (error) {
    if (signal.aborted) clips.end();
    else clips.end(error);
  }
}

/** A file's frames at the times at which they are shown, or as soon as there is room for them. */
async function* playedFile(
  path: string,
  room: LiveClips | undefined,
  queue: number,
  signal: AbortSignal,
): AsyncGenerator<LiveFrame> {
  await using video = await openVideo(path, { signal });
  const startedAt = performance.now();
  let first: number | undefined;
  for await (const { time, width, height, data } of video.frames({ signal })) {
    first ??= time;
    const wait = startedAt + 1000 * (time - first) - performance.now();
    if (!room && wait > 1) await sleep(wait, undefined, { signal });
    while (room && room.waiting >= queue) await sleep(1, undefined, { signal });
    yield { time: time - first, width, height, data };
  }
}

function textOf({ time, predictions, latency, drops }: Observation): string {
  const best = predictions.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)} %`);
  const dropped = drops > 0 ? `, ${drops} dropped` : '';
  return `${time.toFixed(1)} s  ${best.join('  ')}  (${latency} ms${dropped})\n`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.01 && value <= 3600) return value;
  throw new UsageError(`expected seconds from 0.01 to 3600, received '${text}'`);
}

/** @file `slowfast detect VIDEO...`: what the people in videos do, by key frame. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isMediaError, writeTextAtomic } from '@slowfast/core';
import { openVideo, type DecoderName } from '@slowfast/video';
import { toEnd } from '../classify/in-order.js';
import { writeAnnotated } from '../detect/overlay.js';
import { fileHash } from '../files/file-hash.js';
import { videoFiles } from '../files/video-files.js';
import { listedLine } from '../shards/listed-results.js';
import { makeRun, writeShard, type Outcome, type Row } from '../shards/run.js';
import { shardRows, type Shard } from '../shards/shard.js';
import { type RuntimeFlags } from './compile.js';
import { detections, reportOf, type Detections } from './detection-report.js';
import { EXIT, reportVideo, UsageError, videosOutcome } from './exit.js';
import type { Request } from './declaration.js';
import { type ModelFlags } from './model-options.js';
import { isVideoName } from './output-names.js';
import { filesProgress, progressLine } from './progress.js';
import { videosShard, type ShardFlags } from './shard.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to. */
export interface DetectFlags extends ModelFlags, RuntimeFlags, ShardFlags {
  readonly boxes?: string;
  readonly firstSecond: number;
  readonly detector?: string;
  readonly adapter?: string;
  readonly people?: string;
  readonly boxThreshold?: number;
  readonly every: number;
  readonly everyFrames?: number;
  readonly top: number;
  readonly minScore: number;
  readonly labels?: string;
  readonly output?: string;
  readonly video?: string;
  readonly results?: string;
  readonly decoder: 'auto' | DecoderName;
}

/** Finds what people do. */
export async function detect({ args, flags, terminal }: Request<DetectFlags>): Promise<number> {
  checkFlags(flags);
  await using seeker = detections(flags, terminal);
  const isOne = args.length === 1 && !flags.shard && flags.results === undefined;
  if (isOne && !(await isFolder(args[0]!))) return detectOne(args[0]!, seeker, flags, terminal);
  if (flags.video !== undefined) {
    throw new UsageError('--video: expected one video, and neither --shard nor --results');
  }
  return detectMany(args, seeker, flags, terminal);
}

async function detectOne(
  path: string,
  seeker: Detections,
  flags: DetectFlags,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal;
  await using video = await openVideo(path, { decoder: flags.decoder, signal });
  const progress = progressLine(terminal, path);
  const onProgress = progress.update;
  const { format, ...report } = await seeker
    .report(path, video, { signal, onProgress })
    .finally(() => progress.end());
  for (const warning of report.warnings) terminal.err(`warning: ${warning}\n`);
  const text = `${JSON.stringify({ format, file: path, ...report }, null, 2)}\n`;
  if (flags.output === undefined) terminal.out(text);
  else await writeTextAtomic(flags.output, text);
  if (flags.video !== undefined) {
    await writeAnnotated(flags.video, video, report.keyFrames, signal);
  }
  return EXIT.success;
}

/** A line of JSON a video, of all of them or of a shard. */
async function detectMany(
  args: readonly string[],
  seeker: Detections,
  flags: DetectFlags,
  terminal: Terminal,
): Promise<number> {
  const files = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  const shard: Shard = videosShard(files.length, flags, terminal) ?? { index: 1, count: 1 };
  const rows = [...shardRows(files.length, shard)];
  const work = detectRows(rows, files, seeker, flags, terminal);
  const lines: string[] = [];
  let failed = 0;
  async function* outcomes(): AsyncGenerator<Outcome, void> {
    for await (const outcome of work) {
      if (outcome.error) failed += 1;
      const line = listedLine(outcome);
      if (flags.output === undefined) terminal.out(line);
      else lines.push(line);
      yield outcome;
    }
  }
  if (flags.results !== undefined) {
    const about = await aboutDetection(flags);
    const named = files.map((file): Row => ({ file }));
    const run = await makeRun(flags.results, 'detect', named, about);
    await writeShard(run, shard, outcomes(), terminal.signal);
  } else await toEnd(outcomes());
  if (flags.output !== undefined) await writeTextAtomic(flags.output, lines.join(''));
  return videosOutcome(terminal, failed, rows.length);
}

async function* detectRows(
  rows: readonly number[],
  files: readonly string[],
  seeker: Detections,
  flags: DetectFlags,
  terminal: Terminal,
): AsyncGenerator<Outcome, void> {
  const { signal } = terminal;
  const progress = filesProgress(terminal, rows.length);
  try {
    if (rows.length > 0) await seeker.open();
    for (const row of rows) {
      signal.throwIfAborted();
      const file = files[row]!;
      const part = progress.begin(file);
      try {
        const onProgress = part.update;
        yield { row, file, result: await reportOf(file, seeker, flags, { signal, onProgress }) };
      } catch (error) {
        if (signal.aborted || !isMediaError(error)) throw error;
        progress.end();
        reportVideo(terminal, false, file, error);
        yield { row, file, error: { kind: error.name, message: error.message } };
      } finally {
        part.end();
      }
    }
  } finally {
    progress.end();
  }
}

/** Flags that change nothing in a report, beside how the model is run. */
const OTHERS = new Set([
  ...['output', 'video', 'results', 'shard', 'json', 'offline', 'noCache'],
  ...['provider', 'backend', 'threads', 'jobs', 'tune', 'lowering'],
]);

/** What reports depend on beside the videos: files by their content, other options as they are. */
async function aboutDetection(flags: DetectFlags): Promise<Readonly<Record<string, unknown>>> {
  const about: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flags)) {
    if (OTHERS.has(name) || value === undefined) continue;
    about[name] =
      typeof value === 'string' && (await isFile(value)) ? await fileHash(value) : value;
  }
  return about;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
const isFile = (path: string): Promise<boolean> =>
  stat(resolve(path)).then(
    (entry) => entry.isFile(),
    () => false,
  );

function checkFlags(flags: DetectFlags): void {
  const { detector, adapter, boxes, people, video } = flags;
  if (detector === undefined && adapter !== undefined) {
    throw new UsageError('--adapter: expected --detector beside it');
  }
  if ([boxes, detector, people].filter((value) => value !== undefined).length > 1) {
    throw new UsageError('--boxes, --detector and --people: expected one of them');
  }
  if (video !== undefined && !isVideoName(video)) {
    throw new UsageError(`--video: expected a name ending with .mp4 or .webm, received '${video}'`);
  }
}

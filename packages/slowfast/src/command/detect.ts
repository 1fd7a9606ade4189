/** @file `slowfast detect VIDEO`: what the people in a video do, by key frame. */
import { openVideo, type DecoderName, type Size, type Video } from '@slowfast/video';
import { defined } from '../defined.js';
import { openDetector } from '../detect/compile-detector.js';
import { detectActions, type DetectedFrame } from '../detect/detection.js';
import { keyTimes } from '../detect/key-times.js';
import { writeAnnotated } from '../detect/overlay.js';
import {
  defaultPeople,
  peopleDetector,
  peopleOfFile,
  wholeFrame,
  type People,
  type PeopleOrigin,
} from '../detect/people.js';
import { writeTextAtomic } from '@slowfast/core';
import { labelsOf, untrainedWarning } from '../model/labels.js';
import { compileOptions, type RuntimeFlags } from './compile.js';
import { EXIT, UsageError } from './exit.js';
import type { Request } from './declaration.js';
import { type ModelFlags } from './model-options.js';
import { isVideoName } from './output-names.js';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to. */
export interface DetectFlags extends ModelFlags, RuntimeFlags {
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
  readonly decoder: 'auto' | DecoderName;
}

/** What the command prints: `detect.schema.json` of this package. */
interface Report {
  readonly format: 'slowfast-detect/1';
  readonly file: string;
  readonly model: string;
  readonly device: string;
  readonly video: Size & {
    readonly fps: number;
    readonly frames: number;
    readonly duration: number;
  };
  readonly detector: PeopleOrigin;
  readonly keyFrames: readonly DetectedFrame[];
  readonly warnings: readonly string[];
}

/** Finds what people do. */
export async function detect({
  args: [path],
  flags,
  terminal,
}: Request<DetectFlags>): Promise<number> {
  checkFlags(flags);
  const { signal } = terminal;
  await using video = await openVideo(path!, { decoder: flags.decoder, signal });
  const report = await detected(path!, video, flags, terminal);
  for (const warning of report.warnings) terminal.err(`warning: ${warning}\n`);
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (flags.output === undefined) terminal.out(text);
  else await writeTextAtomic(flags.output, text);
  if (flags.video !== undefined) {
    await writeAnnotated(flags.video, video, report.keyFrames, signal);
  }
  return EXIT.success;
}

async function detected(
  path: string,
  video: Video,
  flags: DetectFlags,
  terminal: Terminal,
): Promise<Report> {
  // Before the model, which takes longer: a file that is missing is said at once.
  await using people = await peopleFrom(path, flags);
  const times = keyTimes(video.timeline, flags);
  people.checkTimes?.(times);
  await using detector = await openDetector(compileOptions(flags, terminal));
  await using compiled = await detector.compile(video.info);
  const { model, preprocessing } = compiled;
  const labels = await labelsOf(model, flags.labels);
  const progress = progressLine(terminal, path);
  try {
    const keyFrames = await detectActions(video, {
      model,
      preprocessing,
      labels,
      people: people.find,
      times,
      top: flags.top,
      minScore: flags.minScore,
      signal: terminal.signal,
      onProgress: progress.update,
    });
    const { width, height, fps, frames, duration } = video.info;
    return {
      format: 'slowfast-detect/1',
      file: path,
      model: model.name,
      device: model.device,
      video: { width, height, fps, frames, duration },
      detector: people.origin,
      keyFrames,
      warnings: [
        ...detector.notes,
        ...untrainedWarning(model),
        ...(labels ? [] : ['no labels for these classes: give them by --labels']),
        ...video.warnings,
      ],
    };
  } finally {
    progress.end();
  }
}

/** What finds people in a video, as the flags say. */
export async function peopleFrom(video: string, flags: DetectFlags): Promise<People> {
  const { firstSecond, boxes, detector, people } = flags;
  const options = defined({ threshold: flags.boxThreshold, backend: flags.backend });
  if (boxes !== undefined) {
    return peopleOfFile(boxes, { video, ...options, firstSecond, reach: flags.every / 2 });
  }
  if (detector !== undefined) {
    return peopleDetector(detector, { ...defined({ adapter: flags.adapter }), ...options });
  }
  if (people === 'whole-frame') return wholeFrame();
  return defaultPeople({ ...defined({ folder: people }), ...options });
}

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

/** @file Decodes and compares the files of lists. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { MediaError } from '@slowfast/core';
import type {
  CheckListOptions,
  ClipProblem,
  ClipProblemKind,
  ListCheck,
  Spread,
} from '../lists/check-list.js';
import { clipInput, type ClipList, type ListedClip } from '../lists/clip-list.js';
import { filesOfVideo } from '../lists/video-files.js';
import { classesNeeded } from '../lists/path-labels.js';
import { availableDecoders } from './decoders.js';
import { openFile } from './open.js';

const MOST_AT_ONCE = 8;

/** What is known of one file. */
interface FileInfo {
  /** Hash of its content, absent if it cannot be read. */
  readonly hash?: string;
  /** Path behind links. */
  readonly real?: string;
  readonly frames?: number;
  readonly seconds?: number;
  readonly problems: readonly Pick<ClipProblem, 'kind' | 'message'>[];
}

/** See `checkClipList` of the package. */
export async function checkList(list: ClipList, options: CheckListOptions): Promise<ListCheck> {
  const { others = [], signal, onProgress } = options;
  await needDecoder();
  const own = filesOf([list]);
  const foreign = filesOf(others);
  const total = own.size + foreign.size;
  let done = 0;
  const inspectAll = (
    files: ReadonlyMap<string, ListedClip>,
    look: (clip: ListedClip) => Promise<FileInfo>,
  ): Promise<Map<string, FileInfo>> =>
    pooled([...files.values()], options.concurrency, async (clip) => {
      signal?.throwIfAborted();
      const info = await look(clip);
      onProgress?.(++done, total);
      return [clip.path, info];
    });
  const info = await inspectAll(own, (clip) => inspected(clip, options));
  const otherInfo = await inspectAll(foreign, (clip) => identity(clip, signal));
  const decoded = [...info.values()].filter(({ frames }) => frames !== undefined);
  const classes = options.classes ?? classesNeeded(list);
  return {
    list: list.name,
    clips: list.clips.length,
    files: own.size,
    classes,
    counts: Array.from(
      { length: classes },
      (_, label) => list.clips.filter(({ labels }) => labels.includes(label)).length,
    ),
    unlabelled: list.clips.filter(({ labels }) => labels.length === 0).length,
    frames: spread(decoded.map(({ frames }) => frames ?? 0)),
    seconds: spread(decoded.map(({ seconds }) => seconds ?? 0)),
    problems: problemsOf(list, info, others, otherInfo, options.classes),
  };
}

/** Without a decoder every file would be called broken. */
async function needDecoder(): Promise<void> {
  const decoders = await availableDecoders();
  if (decoders.some(({ available }) => available)) return;
  throw new MediaError({
    site: 'decoder',
    expected: 'node-av or ffmpeg',
    received: `none that works here (${decoders.map(({ name, reason }) => `${name}: ${reason}`).join('; ')})`,
    remedy: 'Run npm install node-av, or install ffmpeg and put it on the PATH',
  });
}

const filesOf = (lists: readonly ClipList[]): Map<string, ListedClip> =>
  new Map(lists.flatMap(({ clips }) => clips.map((clip) => [clip.path, clip] as const)));

async function pooled<T, R>(
  items: readonly T[],
  concurrency = Math.min(availableParallelism(), MOST_AT_ONCE),
  work: (item: T) => Promise<readonly [string, R]>,
): Promise<Map<string, R>> {
  const results = new Map<string, R>();
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      const [key, result] = await work(item);
      results.set(key, result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(concurrency, 1) }, lane));
  return results;
}

const problem = (kind: ClipProblemKind, message: string): FileInfo['problems'][number] => ({
  kind,
  message,
});

/** Content and real path of a clip, without decoding. */
async function identity(clip: ListedClip, signal: AbortSignal | undefined): Promise<FileInfo> {
  const files = await filesOfVideo(clipInput(clip)).catch(() => undefined);
  // What is wrong with a folder is said where it is opened.
  if (!files) return { problems: [] };
  const hash = createHash('sha256');
  let missing = 0;
  for (const file of files) {
    try {
      for await (const chunk of createReadStream(file, signal ? { signal } : {})) {
        hash.update(chunk as Uint8Array);
      }
    } catch {
      signal?.throwIfAborted();
      missing++;
    }
  }
  if (missing > 0) {
    const what = files.length > 1 ? `${missing} of ${files.length} pictures are` : 'The file is';
    return { problems: [problem('missing', `${what} not there or cannot be read.`)] };
  }
  const real = clip.frames ? undefined : await realpath(clip.path);
  return { hash: hash.digest('hex'), ...(real ? { real } : {}), problems: [] };
}

async function inspected(clip: ListedClip, options: CheckListOptions): Promise<FileInfo> {
  const { signal } = options;
  const info = await identity(clip, signal);
  // Pictures that are not there have been counted.
  if (clip.frames && info.problems.length > 0) return info;
  try {
    return { ...info, ...(await decodedInfo(clip, options)) };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof MediaError)) throw error;
    const there = clip.frames || (await stat(clip.path).catch(() => undefined));
    const message = sentence(error, clip.path);
    return { ...info, problems: [problem(there ? 'broken' : 'missing', message)] };
  }
}

/** An error's text without the path before it, unless that is of one of its pictures. */
const sentence = ({ site, expected, received }: MediaError, path: string): string =>
  `${site === path ? 'Expected' : `${basename(site)}: expected`} ${expected}, received ${received}.`;

async function decodedInfo(
  listed: ListedClip,
  { open = {}, signal, clip }: CheckListOptions,
): Promise<Omit<FileInfo, 'hash' | 'real'>> {
  const stop = signal ? { signal } : {};
  const rate = clip ? { pictureFps: clip.fps } : {};
  await using video = await openFile(clipInput(listed), { ...rate, ...open, ...stop });
  const { frames, duration: seconds, truncated, fps } = video.info;
  // Decodes all frames of a file, and converts the last one alone.
  const indices = video.source?.pictures ? {} : { indices: [frames - 1] };
  let reached = false;
  for await (const frame of video.frames({ ...indices, ...stop })) {
    reached = frame.index === frames - 1;
  }
  const problems: FileInfo['problems'][number][] = [];
  const losses = video.warnings.filter((text) => /frames decode|do not decode/.test(text));
  if (truncated || losses.length > 0 || !reached) {
    problems.push(problem('truncated', losses[0] ?? 'The last frame does not decode.'));
  }
  if (clip) {
    const span = (clip.frames * clip.stride) / clip.fps;
    // Half a frame of slack: durations are rounded to ticks.
    if (seconds + 0.5 / fps < span) {
      const text = `${frames} frames at ${round(fps)} fps (${round(seconds)} s) are fewer than a clip of ${clip.frames} x ${clip.stride} at ${clip.fps} fps (${round(span)} s).`;
      problems.push(problem('short', text));
    }
  }
  return { frames, seconds, problems };
}

const round = (value: number): number => Math.round(value * 100) / 100;

function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { least: 0, most: 0, total: 0 };
  return {
    least: round(Math.min(...values)),
    most: round(Math.max(...values)),
    total: round(values.reduce((a, b) => a + b, 0)),
  };
}

/** Who has a content first. */
interface Owner {
  readonly list: string;
  readonly clip: ListedClip;
}

function problemsOf(
  list: ClipList,
  info: ReadonlyMap<string, FileInfo>,
  others: readonly ClipList[],
  otherInfo: ReadonlyMap<string, FileInfo>,
  classes: number | undefined,
): ClipProblem[] {
  const elsewhere = owners(others, otherInfo);
  const here = new Map<string, Owner>();
  const problems: ClipProblem[] = [];
  for (const clip of list.clips) {
    const { path, line, labels } = clip;
    const report = ({ kind, message }: FileInfo['problems'][number]): void => {
      problems.push({ kind, path, list: list.name, line, message });
    };
    const own = info.get(path);
    own?.problems.forEach(report);
    const outside = labels.find((label) => classes !== undefined && label >= classes);
    if (outside !== undefined) {
      report(problem('label', `Class ${outside} is not one of 0 to ${(classes ?? 0) - 1}.`));
    }
    for (const key of own ? keysOf(own) : []) {
      const same = here.get(key);
      if (!same) {
        here.set(key, { list: list.name, clip });
        continue;
      }
      report(problem('duplicate', `${sameness(key)} as ${place(same)}.`));
      break;
    }
    const leaked = own && keysOf(own).find((key) => elsewhere.has(key));
    if (leaked !== undefined) {
      report(problem('leak', `${sameness(leaked)} as ${place(elsewhere.get(leaked)!)}.`));
    }
  }
  return problems;
}

function owners(
  lists: readonly ClipList[],
  info: ReadonlyMap<string, FileInfo>,
): Map<string, Owner> {
  const ownerOf = new Map<string, Owner>();
  for (const { name, clips } of lists) {
    for (const clip of clips) {
      for (const key of keysOf(info.get(clip.path) ?? { problems: [] })) {
        if (!ownerOf.has(key)) ownerOf.set(key, { list: name, clip });
      }
    }
  }
  return ownerOf;
}

const keysOf = ({ hash, real }: FileInfo): string[] => [
  ...(real === undefined ? [] : [`file:${real}`]),
  ...(hash === undefined ? [] : [`content:${hash}`]),
];

const sameness = (key: string): string =>
  key.startsWith('file:') ? 'The same file' : 'The same content';

const place = ({ list, clip: { line, path } }: Owner): string =>
  line > 0 ? `line ${line} of ${list}` : path;

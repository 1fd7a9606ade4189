/** @file Boxes of people from a file: AVA's CSV, or JSON. */
import * as v from 'valibot';
import { dataError, fileText, readData, readJson, schemaParts, SpecError } from '@slowfast/core';
import { avaBox, checkBoxCorners, readAvaTable } from '@slowfast/evaluation';
import type { Box } from '@slowfast/video';
import type { PersonBox } from './person-box.js';

const { finite, listOf, numberFrom, openObject } = schemaParts;

const CORNERS = 'four numbers: x1, y1, x2, y2';
const corners = v.pipe(v.array(finite, CORNERS), v.length(4, CORNERS));

/** Bounded by the file's length: the reader takes no longer one. */
const FRAMES = listOf(
  openObject({
    time: finite,
    boxes: listOf(
      openObject({
        box: corners as unknown as v.GenericSchema<Box>,
        score: v.optional(numberFrom(0, 1), 1),
      }),
      10_000,
    ),
  }),
  1_000_000,
);

const DETECTION = openObject({ keyFrames: v.array(v.unknown(), 'a list') });

/** Boxes by the second at which a player shows them, ascending. */
export type TimedBoxes = readonly { readonly time: number; readonly boxes: readonly PersonBox[] }[];

/** Options of {@link readBoxFile}. */
export interface BoxFileOptions {
  /** Boxes of a lower score are left out. */
  readonly threshold: number;
  /** Second that a CSV calls the video's beginning: 900 for AVA's own files. */
  readonly firstSecond: number;
}

/**
 * Reads `.csv` (`video,second,x1,y1,x2,y2,label,score`; rows of the video's name) or
 * `.json` (`[{ time, boxes: [{ box: [x1, y1, x2, y2], score }] }]`, or what `slowfast detect` wrote); corners are
 * parts of width and height. Throws {@link SpecError} for another file, and for boxes that no frame has.
 */
export async function readBoxFile(
  path: string,
  video: string,
  options: BoxFileOptions,
): Promise<TimedBoxes> {
  const extension = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? '';
  if (extension !== '.csv' && extension !== '.json') {
    throw dataError(`boxes ${path}`, 'a .csv or .json file', `'${extension}'`);
  }
  try {
    const read = extension === '.csv' ? readCsv : readFrames;
    return (await read(path, video, options)).sort((a, b) => a.time - b.time);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SpecError({
      site: `boxes ${path}`,
      expected: 'a file that can be read',
      received: message,
      cause: error,
    });
  }
}

type Entry = { readonly time: number; readonly boxes: PersonBox[] };

async function readCsv(path: string, video: string, options: BoxFileOptions): Promise<Entry[]> {
  const { threshold, firstSecond } = options;
  const { createReadStream } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs');
  const table = await readAvaTable(createReadStream(path, 'utf8'), { name: path, threshold });
  const keys = table.frames.map((key) => {
    const comma = key.lastIndexOf(',');
    return { name: key.slice(0, comma), time: Number(key.slice(comma + 1)) - firstSecond };
  });
  const names = new Set(keys.map(({ name }) => name));
  const own = video.replace(/^.*[/\\]/, '').replace(/(.)\.[^.]*$/, '$1');
  if (names.size > 0 && !names.has(own)) {
    const some = [...names].slice(0, 3).join(', ');
    throw dataError(`boxes ${path}`, `rows of the video '${own}'`, `rows of ${some.slice(0, 80)}`, {
      remedy: 'Name the video in the first column as its file is called, without the extension',
    });
  }
  const entries = new Map<number, Entry>();
  const seen = new Set<string>();
  for (let row = 0; row < table.rows; row++) {
    const { name, time } = keys[table.frame[row]!]!;
    if (name !== own) continue;
    const box = avaBox(table, row);
    // A box with several labels has a row for each.
    const key = `${time} ${box.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const entry = entries.get(time) ?? { time, boxes: [] };
    entries.set(time, entry);
    entry.boxes.push({ box, score: table.scores[row]! });
  }
  return [...entries.values()];
}

async function readFrames(path: string, _video: string, { threshold }: BoxFileOptions) {
  const root = readJson(v.unknown(), await fileText(path), { site: path });
  const site = Array.isArray(root) ? path : `${path}: keyFrames`;
  const list = Array.isArray(root) ? root : readData(DETECTION, root, { site: path }).keyFrames;
  return readData(FRAMES, list, { site }).map(({ time, boxes }, i): Entry => {
    boxes.forEach(({ box }, k) => checkBoxCorners(`${site}[${i}].boxes[${k}].box`, box));
    return { time, boxes: boxes.filter(({ score }) => score >= threshold) };
  });
}

/** The boxes nearest in time, if they are within `reach` seconds. */
export function boxesAt(timed: TimedBoxes, time: number, reach: number): readonly PersonBox[] {
  let best: TimedBoxes[number] | undefined;
  for (const entry of timed) {
    if (!best || Math.abs(entry.time - time) < Math.abs(best.time - time)) best = entry;
  }
  return best && Math.abs(best.time - time) <= reach ? best.boxes : [];
}

/**
 * Throws {@link SpecError} where boxes are all at other seconds than a video's key frames, as those of AVA, which count from
 * the start of the film.
 */
export function checkBoxTimes(
  timed: TimedBoxes,
  times: readonly number[],
  { path, reach, firstSecond }: { path: string; reach: number; firstSecond: number },
): void {
  if (timed.length === 0 || times.some((time) => boxesWithin(timed, time, reach))) return;
  const range = (from: number, to: number): string =>
    from === to ? `at second ${from}` : `from second ${from} to ${to}`;
  const inFile = (entry: TimedBoxes[number]): number => rounded(entry.time + firstSecond);
  const [first, last] = [times[0]! + firstSecond, times.at(-1)! + firstSecond].map(rounded);
  throw new SpecError({
    site: `--boxes ${path}`,
    expected: `boxes ${range(first!, last!)}, where the video has key frames and its beginning is called second ${firstSecond}`,
    received: `boxes ${range(inFile(timed[0]!), inFile(timed.at(-1)!))}`,
    remedy:
      "Say by --first-second which second the file calls the video's beginning: 900 in AVA's files",
  });
}

const boxesWithin = (timed: TimedBoxes, time: number, reach: number): boolean =>
  timed.some((entry) => Math.abs(entry.time - time) <= reach);

const rounded = (seconds: number): number => Number(seconds.toFixed(3));

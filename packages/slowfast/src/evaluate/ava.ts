/** @file AVA's files, and the detections of a model in their form. */
import { createReadStream } from 'node:fs';
import { SpecError, writeFileAtomic } from '@slowfast/core';
import {
  AvaTableBuilder,
  avaBox,
  readAvaExclusions,
  readAvaTable,
  type AvaTable,
} from '@slowfast/evaluation';
import { AVA_FIRST_SECOND, openVideo, type Box } from '@slowfast/video';
import { openDetector, type CompiledDetector } from '../detect/compile-detector.js';
import { detectActions } from '../detect/detection.js';
import { namedVideos } from '../files/named-videos.js';
import type { CompileOptions } from '../model/compile-model.js';

/** Reads a table of boxes; throws {@link SpecError} for a file that cannot be read, or is none. */
export const readAvaFile = (
  path: string,
  options: Parameters<typeof readAvaTable>[1] = {},
): Promise<AvaTable> =>
  readable(path, readAvaTable(createReadStream(path, 'utf8'), { name: path, ...options }));

/** Reads the key frames to leave out; throws {@link SpecError} for a file that cannot be read, or is none. */
export const readExclusionFile = (path: string): ReturnType<typeof readAvaExclusions> =>
  readable(path, readAvaExclusions(createReadStream(path, 'utf8'), path));

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

/** What {@link detectListed} works with. */
export interface ListedDetection {
  /** Boxes of people, as AVA's CSV has them; those of a lower score are left out. */
  readonly boxes: string;
  readonly boxThreshold: number;
  /** Folder of the videos that the boxes name. */
  readonly videos: string;
  readonly model: CompileOptions;
  readonly signal?: AbortSignal;
  /** Called with videos done and videos altogether. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with what was concluded when the model was loaded, a sentence each. */
  readonly onNote?: (text: string) => void;
}

/** The scores of all actions for every box of every video. Throws {@link SpecError} where a video is missing. */
export async function detectListed(options: ListedDetection): Promise<AvaTable> {
  const { signal, onProgress, onNote, boxThreshold: threshold } = options;
  const boxes = byVideo(await readAvaFile(options.boxes, { threshold }));
  const files = await namedVideos(options.videos, boxes.keys(), 'the boxes name', onNote);
  const builder = new AvaTableBuilder();
  const stop = signal ? { signal } : {};
  let compiled: (CompiledDetector & { readonly size: string }) | undefined;
  let done = 0;
  const detector = await openDetector(options.model);
  try {
    for (const note of detector.notes) onNote?.(note);
    for (const [name, seconds] of boxes) {
      signal?.throwIfAborted();
      await using video = await openVideo(files.get(name)!, stop);
      const size = `${video.info.width}x${video.info.height}`;
      if (compiled?.size !== size) {
        await compiled?.[Symbol.asyncDispose]();
        compiled = undefined;
        compiled = { size, ...(await detector.compile(video.info)) };
      }
      const { model, preprocessing } = compiled;
      const frames = await detectActions(video, {
        ...{ model, preprocessing, labels: model.metadata.labels, top: Infinity, minScore: 0 },
        times: [...seconds.keys()].map((second) => second - AVA_FIRST_SECOND),
        people: async (time) =>
          seconds.get(Math.round(time) + AVA_FIRST_SECOND)!.map((box) => ({ box, score: 1 })),
        ...stop,
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
      onProgress?.(++done, boxes.size);
    }
  } finally {
    await compiled?.[Symbol.asyncDispose]();
    await detector[Symbol.asyncDispose]();
  }
  return builder.build();
}

/** Boxes by video and second; a box with several labels counts once. */
function byVideo(table: AvaTable): ReadonlyMap<string, ReadonlyMap<number, readonly Box[]>> {
  const videos = new Map<string, Map<number, Map<string, Box>>>();
  for (let row = 0; row < table.rows; row++) {
    const key = table.frames[table.frame[row]!]!;
    const comma = key.lastIndexOf(',');
    const [video, second] = [key.slice(0, comma), Number(key.slice(comma + 1))];
    const seconds = videos.get(video) ?? new Map<number, Map<string, Box>>();
    videos.set(video, seconds);
    const boxes = seconds.get(second) ?? new Map<string, Box>();
    seconds.set(second, boxes);
    const box = avaBox(table, row);
    boxes.set(box.join(), box);
  }
  return new Map(
    [...videos].map(([video, seconds]) => [
      video,
      new Map([...seconds].map(([second, boxes]) => [second, [...boxes.values()]])),
    ]),
  );
}

/** Writes a table as AVA's CSV, whole or not at all. */
export async function writeAvaFile(
  path: string,
  table: AvaTable,
  signal?: AbortSignal,
): Promise<void> {
  const encoder = new TextEncoder();
  await writeFileAtomic(
    path,
    async (sink) => {
      let lines = '';
      for (let row = 0; row < table.rows; row++) {
        const box = avaBox(table, row);
        lines += `${table.frames[table.frame[row]!]},${box.join()},${table.labels[row]},${table.scores[row]}\n`;
        if (lines.length < 1 << 16 && row < table.rows - 1) continue;
        await sink.write(encoder.encode(lines));
        lines = '';
      }
    },
    signal,
  );
}

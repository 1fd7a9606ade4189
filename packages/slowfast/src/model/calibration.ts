/** @file The ranges of activations that int8 needs: read from a file, or measured on clips of videos. */
import { stat } from 'node:fs/promises';
import {
  fileText,
  readJson,
  writeTextAtomic,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { batchFeeds, soundsOf } from '@slowfast/evaluation';
import { type LoadedModel } from '@slowfast/checkpoints';
import { calibrate, calibrationSchema, type Calibration } from '@slowfast/runtime-onnx';
import { openVideo, readClipList, views } from '@slowfast/video';
import { videoFiles } from '../files/video-files.js';

/** Clips to calibrate with, where the user does not say how many. */
export const CLIPS = 32;

/** Where a calibration comes from. */
export interface CalibrationOptions {
  /** A list, a folder of videos, or a saved calibration (`.json`). */
  readonly source: string;
  readonly clips: number;
  /** Where to keep it. */
  readonly saveTo?: string;
  readonly signal?: AbortSignal;
  /** Called with clips done and clips altogether. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with what was left out, a sentence each. */
  readonly onNote?: (text: string) => void;
}

/** Reads or measures a calibration of a model; throws MediaError for videos that cannot be used. */
export async function calibrationOf(
  { entry: { model }, weights, metadata }: Pick<LoadedModel, 'entry' | 'weights' | 'metadata'>,
  { source, clips, saveTo, signal, onProgress, onNote }: CalibrationOptions,
): Promise<Calibration> {
  if (source.toLowerCase().endsWith('.json')) return savedCalibration(source);
  const { preprocessing } = metadata;
  const files = spread(await videosOf(source, onNote), clips);
  const feeds = feedsOf(files, Object.keys(model.graph.inputs), preprocessing, signal);
  const calibration = await calibrate(model, weights, feeds, {
    ...(signal ? { signal } : {}),
    worker: 'auto',
    onProgress: (done) => onProgress?.(done, clips),
  });
  if (saveTo !== undefined) {
    await writeTextAtomic(saveTo, `${JSON.stringify(calibration, null, 1)}\n`, signal);
  }
  return calibration;
}

async function savedCalibration(path: string): Promise<Calibration> {
  const text = await fileText(path, {
    site: 'calibration',
    expected: 'a saved calibration that can be read',
  });
  return readJson(calibrationSchema, text, { site: path, remedy: 'Calibrate again' });
}

async function videosOf(
  source: string,
  onNote: CalibrationOptions['onNote'],
): Promise<readonly string[]> {
  const entry = await stat(source).catch(() => undefined);
  if (entry?.isDirectory()) return videoFiles([source], onNote);
  return (await readClipList(source)).clips.map(({ path }) => path);
}

/** How many clips to take from each video, as evenly as it goes; some get none where there are more videos. */
function spread(files: readonly string[], clips: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < clips; i++) {
    const file = files[Math.floor(((i + 0.5) * files.length) / clips)]!;
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  return counts;
}

async function* feedsOf(
  files: ReadonlyMap<string, number>,
  inputs: readonly string[],
  preprocessing: Preprocessing,
  signal: AbortSignal | undefined,
): AsyncGenerator<Readonly<Record<string, HostTensor>>> {
  const names = inputs.filter((input) => Object.hasOwn(preprocessing.pathways, input));
  const stop = signal ? { signal } : {};
  for (const [file, clips] of files) {
    await using video = await openVideo(file, {
      pictureFps: preprocessing.clip.fps,
      ...stop,
    });
    for await (const view of views(video, preprocessing, { clips, crops: 1, ...stop })) {
      yield batchFeeds(names, preprocessing, [view.tensor], soundsOf([view]));
    }
  }
}

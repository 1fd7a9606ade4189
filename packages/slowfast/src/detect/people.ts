/** @file Where people are on key frames: from a file, a detector, or anywhere. */
import { fileText } from '@slowfast/core';
import { loadOnnx, type OnnxBackendChoice } from '@slowfast/runtime-onnx';
import type { Box } from '@slowfast/video';
import { boxesAt, checkBoxTimes, readBoxFile } from './box-file.js';
import type { FindPeople } from './detection.js';
import { readAdapter } from './person-adapter.js';
import { detectPeople } from './person-detector.js';

/** People that are found by a source; release it with `await using`. */
export interface People extends AsyncDisposable {
  readonly find: FindPeople;
  /** Throws {@link SpecError} where no key frame at these times can have people. */
  readonly checkTimes?: (times: readonly number[]) => void;
}

const WHOLE: Box = [0, 0, 1, 1];

/** Nobody is looked for: the whole frame is one person's. */
export const wholeFrame = (): People => released(async () => [{ box: WHOLE, score: 1 }]);

/** Options of {@link peopleOfFile}. */
export interface PeopleFileOptions {
  /** Path of the video, whose name rows of a CSV bear. */
  readonly video: string;
  /** Least score of a box; default 0.8. */
  readonly threshold?: number;
  /** Second that a CSV calls the video's beginning: 900 for AVA's own files. Default 0. */
  readonly firstSecond?: number;
  /** How far in time boxes may be from the key frame, in seconds; default 0.5. */
  readonly reach?: number;
}

/** People of a file: AVA's CSV, or JSON. Throws SpecError for another file. */
export async function peopleOfFile(path: string, options: PeopleFileOptions): Promise<People> {
  const { video, threshold = 0.8, firstSecond = 0, reach = 0.5 } = options;
  const timed = await readBoxFile(path, video, { threshold, firstSecond });
  return {
    ...released(async (time) => boxesAt(timed, time, reach)),
    checkTimes: (times) => checkBoxTimes(timed, times, { path, reach, firstSecond }),
  };
}

/** Options of {@link peopleDetector}. */
export interface PersonDetectorOptions {
  /** Path of the JSON that says how the detector takes frames and gives boxes. */
  readonly adapter: string;
  /** Least score of a box; default 0.8. */
  readonly threshold?: number;
  readonly backend?: OnnxBackendChoice;
}

/** People that an .onnx file finds. Throws SpecError for an adapter that is none, and as `loadOnnx` does. */
export async function peopleDetector(
  path: string,
  { adapter: description, threshold = 0.8, backend }: PersonDetectorOptions,
): Promise<People> {
  const adapter = readAdapter(description, await fileText(description));
  const detector = await loadOnnx(path, backend ? { backend } : {});
  return {
    find: (_time, frame) => detectPeople(detector, adapter, frame, threshold),
    [Symbol.asyncDispose]: () => detector[Symbol.asyncDispose](),
  };
}

const released = (find: FindPeople): People => ({
  find,
  [Symbol.asyncDispose]: async () => undefined,
});

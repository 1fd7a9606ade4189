/** @file Where people are on key frames: from a file, a detector, or anywhere. */
import { checkArguments, fileText } from '@slowfast/core';
import { loadOnnx, type OnnxBackendChoice } from '@slowfast/runtime-onnx';
import type { Box } from '@slowfast/video';
import { boxesAt, checkBoxTimes, readBoxFile } from './box-file.js';
import type { FindPeople } from './detection.js';
import { MOVENET, MOVENET_THRESHOLD, movenetPeople, openMovenet } from './movenet.js';
import { readAdapter } from './person-adapter.js';
import { detectPeople } from './person-detector.js';
import { presetOf } from './presets.js';

/** What found people. */
export interface PeopleOrigin {
  /**
   * `movenet-multipose`, the default; an .onnx file, recognised as `yolo`, `rt-detr`, `detr` or `torchvision`, or read as an
   * `adapter` says; the boxes of a `file`; a `function`; `whole-frame`, where nobody was looked for.
   */
  readonly kind:
    | typeof MOVENET
    | 'yolo'
    | 'rt-detr'
    | 'detr'
    | 'torchvision'
    | 'adapter'
    | 'file'
    | 'function'
    | 'whole-frame';
  /** The file or folder. */
  readonly file?: string;
  /** What a recognised detector's outputs are. */
  readonly outputs?: string;
  /** Least score of a box. */
  readonly threshold?: number;
}

/** People that are found by a source; release it with `await using`. */
export interface People extends AsyncDisposable {
  readonly find: FindPeople;
  /** Throws SpecError where no key frame at these times can have people. */
  readonly checkTimes?: (times: readonly number[]) => void;
  readonly origin: PeopleOrigin;
}

const WHOLE: Box = [0, 0, 1, 1];

/** Nobody is looked for: the whole frame is one person's. */
export const wholeFrame = (): People =>
  released({ kind: 'whole-frame' }, async () => [{ box: WHOLE, score: 1 }]);

/** People that a function finds. */
export const peopleOfFunction = (find: FindPeople): People => released({ kind: 'function' }, find);

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

/** Least score of a box of a file, as in PySlowFast's published configurations. */
const FILE_THRESHOLD = 0.8;

/** People of a file: AVA's CSV, or JSON. Throws SpecError for another file. */
export async function peopleOfFile(path: string, options: PeopleFileOptions): Promise<People> {
  checkArguments('peopleOfFile', {
    path: [path, 'string'],
    options: [options, 'object'],
  });
  const { video, threshold = FILE_THRESHOLD, firstSecond = 0, reach = 0.5 } = options;
  const timed = await readBoxFile(path, video, { threshold, firstSecond });
  return {
    ...released({ kind: 'file', file: path, threshold }, async (time) =>
      boxesAt(timed, time, reach),
    ),
    checkTimes: (times) => checkBoxTimes(timed, times, { path, reach, firstSecond }),
  };
}

/** Options of {@link defaultPeople}. */
export interface DefaultPeopleOptions {
  /** A folder with `movenet-multipose.json` and `movenet-multipose.bin`; default: where they are installed. */
  readonly folder?: string;
  /** Least score of a person; default 0.2. */
  readonly threshold?: number;
  readonly backend?: OnnxBackendChoice;
}

/**
 * Up to six people a frame and their joints, found by MoveNet MultiPose on ONNX Runtime. Throws RuntimeError where its
 * files are not, with how to get them.
 *
 * @example
 * ```ts
 * await using people = await defaultPeople({ threshold: 0.3 });
 * const { keyFrames } = await detect('clip.mp4', { people });
 * ```
 */
export async function defaultPeople(options: DefaultPeopleOptions = {}): Promise<People> {
  checkArguments('defaultPeople', { options: [options, 'object'] });
  const { threshold = MOVENET_THRESHOLD, backend } = options;
  const { modelFolder } = await import('./people-model.js');
  const file = await modelFolder(options.folder);
  const model = await openMovenet(file, backend);
  return {
    origin: { kind: MOVENET, file, threshold },
    find: (_time, frame) => movenetPeople(model, frame, threshold),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

/** Options of {@link peopleDetector}. */
export interface PersonDetectorOptions {
  /**
   * Path of the JSON that says how the detector takes frames and gives boxes. Default: exports of YOLO, RT-DETR, DETR and
   * torchvision's SSD and Faster R-CNN are recognised by their outputs.
   */
  readonly adapter?: string;
  /** Least score of a box; default 0.8, for YOLO and RT-DETR 0.5. */
  readonly threshold?: number;
  readonly backend?: OnnxBackendChoice;
}

/**
 * People that an .onnx file finds. Throws SpecError for an adapter that is none, and for a detector without one that is
 * not recognised; as `loadOnnx` does for another file.
 */
export async function peopleDetector(
  path: string,
  options: PersonDetectorOptions = {},
): Promise<People> {
  checkArguments('peopleDetector', {
    path: [path, 'string'],
    options: [options, 'object'],
  });
  const { adapter: description, backend } = options;
  const text = description === undefined ? undefined : await fileText(description);
  const own = text === undefined ? undefined : readAdapter(description!, text);
  const model = await loadOnnx(path, backend ? { backend } : {});
  try {
    const preset = own ? undefined : await presetOf(model, path);
    const adapter = own ?? preset!.adapter;
    const threshold = options.threshold ?? preset?.threshold ?? FILE_THRESHOLD;
    return {
      origin: {
        ...(preset ? { kind: preset.kind, outputs: preset.outputs } : { kind: 'adapter' }),
        ...{ file: path, threshold },
      },
      find: (_time, frame) => detectPeople(model, adapter, frame, threshold),
      [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
    };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

const released = (origin: PeopleOrigin, find: FindPeople): People => ({
  origin,
  find,
  [Symbol.asyncDispose]: async () => undefined,
});

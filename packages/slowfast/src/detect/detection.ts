/** @file What `slowfast detect` finds in a video: the shape of its JSON, and how it comes about. */
import { float32Tensor, type CompiledModel, type Preprocessing } from '@slowfast/core';
import { activate, batchFeeds } from '@slowfast/evaluation';
import {
  boxInFrame,
  keyFrameViews,
  type Box,
  type KeyFrameView,
  type RgbImage,
  type Video,
} from '@slowfast/video';
import type { Keypoint } from './keypoints.js';
import type { PersonBox } from './person-box.js';
import { trackNumbers } from './tracks.js';

/** An action of a person. */
export interface DetectedAction {
  /** Index of the class, from 0, and its name. */
  readonly index: number;
  readonly label: string;
  readonly score: number;
}

/** A person on a key frame. */
export interface DetectedPerson {
  /** x1, y1, x2, y2 in parts of the frame. */
  readonly box: Box;
  /** Score of the box. */
  readonly score: number;
  /** The same number as the box of this person on the key frames before. */
  readonly track: number;
  /** Joints, where the detector of people gives them: parts of the frame, as boxes. */
  readonly keypoints?: readonly Keypoint[];
  /** Best first. */
  readonly actions: readonly DetectedAction[];
}

/** A key frame. */
export interface DetectedFrame {
  /** Seconds at which a player shows it. */
  readonly time: number;
  /** Index of the frame. */
  readonly frame: number;
  readonly boxes: readonly DetectedPerson[];
}

/** Where people are on a key frame: from a file, a detector, or anywhere. */
export type FindPeople = (time: number, frame: RgbImage) => Promise<readonly PersonBox[]>;

/** Options of {@link detectActions}. */
export interface DetectOptions {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly labels: readonly string[] | undefined;
  readonly people: FindPeople;
  /** Seconds at which a player shows the key frames. */
  readonly times: readonly number[];
  /** Actions a person at most, and their least score. */
  readonly top: number;
  readonly minScore: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Actions of the people on each key frame, in order of time. */
export async function detectActions(
  video: Video,
  options: DetectOptions,
): Promise<readonly DetectedFrame[]> {
  const { preprocessing, signal, onProgress } = options;
  const times = [...options.times].sort((a, b) => a - b);
  const frames: Omit<DetectedFrame, 'boxes'>[] = [];
  const people: Omit<DetectedPerson, 'track'>[][] = [];
  const { start } = video.timeline;
  // Before the first frame of a video that begins a little after 0, that frame is shown.
  const fromFirst = times.map((time) => Math.max(0, time - start));
  const stop = signal ? { signal } : {};
  for await (const view of keyFrameViews(video, preprocessing, fromFirst, stop)) {
    const time = times[frames.length]!;
    const boxes = await options.people(time, view.frame);
    const rows = boxes.length > 0 ? await scoresOf(view, boxes, options) : [];
    frames.push({ time, frame: view.frame.index });
    people.push(boxes.map((person, i) => ({ ...person, actions: best(rows[i]!, options) })));
    onProgress?.(frames.length, times.length);
  }
  const tracks = trackNumbers(people.map((boxes) => boxes.map(({ box }) => box)));
  return frames.map((frame, f) => ({
    ...frame,
    boxes: people[f]!.map(({ box, score, keypoints, actions }, i) => ({
      ...{ box, score, track: tracks[f]![i]!, ...(keypoints && { keypoints }) },
      actions,
    })),
  }));
}

/** One row of scores a box. */
async function scoresOf(
  { tensor, frame }: KeyFrameView,
  boxes: readonly PersonBox[],
  { model, preprocessing }: DetectOptions,
): Promise<readonly Float32Array[]> {
  const [, , , height, width] = tensor.shape as [number, number, number, number, number];
  // A frame that is stretched has no factor common to both axes.
  const preset = preprocessing.stretch ? 'mmaction2' : preprocessing.sampling;
  const regions = boxes.flatMap(({ box }) => [
    0,
    ...boxInFrame(preset, box, frame, { width, height }),
  ]);
  const inputs = Object.keys(model.inputs).filter((name) => name !== 'boxes');
  const outputs = await model.run({
    ...batchFeeds(inputs, preprocessing, [tensor]),
    boxes: float32Tensor([boxes.length, 5], Float32Array.from(regions)),
  });
  const { shape, data } = Object.values(outputs)[0]!;
  const classes = shape[1]!;
  return boxes.map((_, i) =>
    activate(
      Float32Array.from(data.slice(i * classes, (i + 1) * classes), Number),
      preprocessing.activation,
    ),
  );
}

/** The best actions; mmaction2's background is none. */
function best(
  scores: Float32Array,
  { labels, top, minScore }: DetectOptions,
): readonly DetectedAction[] {
  return Array.from(scores, (score, index) => ({
    index,
    label: labels?.[index] ?? `class ${index}`,
    score,
  }))
    .filter(({ label, score }) => score >= minScore && label !== 'background')
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
}

/** @file The scores of the people in AVA's boxes: what is classified in a video, and how it becomes rows of detections. */
import { avaBox, type AvaTable, type AvaTableBuilder } from '@slowfast/evaluation';
import { AVA_FIRST_SECOND, openVideo, type Box } from '@slowfast/video';
import { openDetector, type Detector } from '../detect/compile-detector.js';
import { detectActions, type DetectedAction } from '../detect/detection.js';
import { sizedDetector } from '../detect/sized-detector.js';
import type { CompileOptions } from '../model/compile-model.js';
import { readAvaFile } from './ava.js';

/** Boxes of a video by second, AVA's own. */
export type PeopleBySecond = ReadonlyMap<number, readonly Box[]>;

/** The scores of a person on a key frame. */
export interface PersonScores {
  readonly second: number;
  readonly box: Box;
  /** By label id; NaN for what is no action of the model. */
  readonly scores: Float32Array;
}

/** A model that scores people in boxes. */
export interface BoxScorer extends AsyncDisposable {
  readonly detector: Detector;
  /** Scores of all actions; rejects with MediaError for a video that cannot be used. */
  score(
    path: string,
    people: PeopleBySecond,
    signal?: AbortSignal,
  ): Promise<readonly PersonScores[]>;
}

/** Opens a model for people in boxes. Rejects as `actionDetector` does. */
export async function boxScorer(options: CompileOptions): Promise<BoxScorer> {
  const detector = await openDetector(options);
  const sized = sizedDetector(detector);
  return {
    detector,
    async score(path, people, signal) {
      const stop = signal ? { signal } : {};
      await using video = await openVideo(path, stop);
      const { model, preprocessing } = await sized.of(video.info);
      const { labels } = model.metadata;
      const frames = await detectActions(video, {
        ...{ model, preprocessing, labels, top: Infinity, minScore: 0, ...stop },
        times: [...people.keys()].map((second) => second - AVA_FIRST_SECOND),
        people: async (time) =>
          people.get(Math.round(time) + AVA_FIRST_SECOND)!.map((box) => ({ box, score: 1 })),
      });
      // mmaction2's class 0 is the background, and no action: its indices are the label ids.
      const first = labels?.[0] === 'background' ? 0 : 1;
      return frames.flatMap(({ time, boxes }) =>
        boxes.map(({ box, actions }) => ({
          second: Math.round(time) + AVA_FIRST_SECOND,
          box,
          scores: byLabel(actions, first),
        })),
      );
    },
    async [Symbol.asyncDispose]() {
      await sized[Symbol.asyncDispose]();
      await detector[Symbol.asyncDispose]();
    },
  };
}

function byLabel(actions: readonly DetectedAction[], first: number): Float32Array {
  const most = actions.reduce((largest, { index }) => Math.max(largest, index), -1);
  const scores = new Float32Array(most + first + 1).fill(NaN);
  for (const { index, score } of actions) scores[index + first] = score;
  return scores;
}

/** Adds the detections of a video, the best of a person first. */
export function addPeople(
  builder: AvaTableBuilder,
  video: string,
  people: readonly PersonScores[],
): void {
  for (const { second, box, scores } of people) {
    const labels = [...scores.keys()].filter((label) => !Number.isNaN(scores[label]));
    labels.sort((a, b) => scores[b]! - scores[a]!);
    for (const label of labels) builder.add({ video, second, box, label, score: scores[label]! });
  }
}

/** The boxes of a CSV of AVA by video and second; a box with several labels counts once. Throws SpecError for another file. */
export async function listedPeople(
  path: string,
  threshold: number,
): Promise<ReadonlyMap<string, PeopleBySecond>> {
  return byVideo(await readAvaFile(path, { threshold }));
}

function byVideo(table: AvaTable): ReadonlyMap<string, PeopleBySecond> {
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

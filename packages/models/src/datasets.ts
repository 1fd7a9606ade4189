/** @file What the data sets ask of a classifier: classes, one label or several, and the test protocol. */
import type { LabelSet } from './labels/index.js';

/** Data sets with published SlowFast classifiers. */
export type Dataset = Exclude<LabelSet, 'ava-background'>;

/** What a data set decides. */
export interface DatasetInfo {
  readonly title: string;
  readonly classes: number;
  /** One class a video (`softmax`), or any number of them (`sigmoid`). */
  readonly activation: 'softmax' | 'sigmoid';
  /** Clips in time × crops in space of the published protocol. */
  readonly views: { readonly clips: number; readonly crops: number };
  /** How views become one score, where the data set rules it. */
  readonly combine?: 'max';
  /** Frames a second of the pictures that PySlowFast and PyTorchVideo read in place of videos, unless it is 30. */
  readonly fps?: number;
  /** Whether PySlowFast and PyTorchVideo take a frame of each of T equal parts of the whole video. */
  readonly segments?: boolean;
  /** Whether people in boxes are classified, and not whole clips. */
  readonly regions?: boolean;
}

const TEN_BY_THREE = { clips: 10, crops: 3 } as const;

/** The conventions of each data set. */
export const DATASETS: Readonly<Record<Dataset, DatasetInfo>> = {
  kinetics400: {
    title: 'Kinetics-400',
    classes: 400,
    activation: 'softmax',
    views: TEN_BY_THREE,
  },
  kinetics600: {
    title: 'Kinetics-600',
    classes: 600,
    activation: 'softmax',
    views: TEN_BY_THREE,
  },
  'something-something-v2': {
    title: 'Something-Something V2',
    classes: 174,
    activation: 'softmax',
    views: { clips: 1, crops: 3 },
    segments: true,
  },
  charades: {
    title: 'Charades',
    classes: 157,
    activation: 'sigmoid',
    views: TEN_BY_THREE,
    combine: 'max',
    // Its authors give out pictures, at 24 a second (README of the data set); the zoos count in those.
    fps: 24,
  },
  // One clip around each key frame, the whole frame, one score for each box.
  ava: {
    title: 'AVA',
    classes: 80,
    activation: 'sigmoid',
    views: { clips: 1, crops: 1 },
    regions: true,
  },
};

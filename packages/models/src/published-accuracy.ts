/** @file Accuracies that were published for the models of the catalog, each with its source. */
import { checkArguments } from '@slowfast/core';
import type { ModelName } from './architectures.js';
import type { Dataset } from './datasets.js';

/** Who published a number. */
export type AccuracySource =
  | 'paper, Table 2'
  | 'paper, Table 3'
  | 'paper, Table 4'
  | 'paper, Table 5a'
  | 'paper, Table 8'
  | 'paper, Table 9'
  | 'PySlowFast model zoo'
  | 'PyTorchVideo model zoo'
  | 'mmaction2 1.2.0'
  | 'mmaction2 1.2.0, from IG-65M'
  | 'gluon-cv';

/** A published accuracy, in percent, over all views of the protocol. */
export interface PublishedAccuracy {
  readonly source: AccuracySource;
  readonly top1?: number;
  readonly top5?: number;
  /** Mean average precision, for data sets with several labels a video. */
  readonly meanAveragePrecision?: number;
}

type Row = readonly [name: ModelName, source: AccuracySource, top1: number, top5?: number];

const KINETICS_400: readonly Row[] = [
  ['slowfast-4x16-r50', 'paper, Table 2', 75.6, 92.1],
  ['slowfast-8x8-r50', 'paper, Table 2', 77.0, 92.6],
  ['slowfast-8x8-r101', 'paper, Table 2', 77.9, 93.2],
  ['slowfast-16x8-r101', 'paper, Table 2', 78.9, 93.5],
  ['slowfast-16x8-r101-nl', 'paper, Table 2', 79.8, 93.9],
  ['slow-4x16-r50', 'paper, Table 5a', 72.6, 90.3],
  ['fast-32x2-r50', 'paper, Table 5a', 51.7, 78.5],
  ['i3d-8x8-r50', 'PySlowFast model zoo', 73.5, 90.8],
  ['i3d-nln-8x8-r50', 'PySlowFast model zoo', 74.0, 91.1],
  ['slow-4x16-r50', 'PySlowFast model zoo', 72.7, 90.3],
  ['slow-8x8-r50', 'PySlowFast model zoo', 74.8, 91.6],
  ['slowfast-4x16-r50', 'PySlowFast model zoo', 75.6, 92.0],
  ['slowfast-8x8-r50', 'PySlowFast model zoo', 77.0, 92.6],
  ['c2d-8x8-r50', 'PyTorchVideo model zoo', 71.46, 89.68],
  ['i3d-8x8-r50', 'PyTorchVideo model zoo', 73.27, 90.7],
  ['slow-4x16-r50', 'PyTorchVideo model zoo', 72.4, 90.18],
  ['slow-8x8-r50', 'PyTorchVideo model zoo', 74.58, 91.63],
  ['slowfast-4x16-r50', 'PyTorchVideo model zoo', 75.34, 91.89],
  ['slowfast-8x8-r50', 'PyTorchVideo model zoo', 76.94, 92.69],
  ['slowfast-8x8-r101-101-101', 'PyTorchVideo model zoo', 77.9, 93.27],
  ['slowfast-16x8-r101', 'PyTorchVideo model zoo', 78.7, 93.61],
  ['slowfast-4x16-r50', 'mmaction2 1.2.0', 75.55, 92.35],
  ['slowfast-8x8-r50', 'mmaction2 1.2.0', 76.8, 92.99],
  ['slowfast-8x8-r101-101-101', 'mmaction2 1.2.0', 78.65, 93.88],
  ['slowfast-4x16-r101-r50', 'mmaction2 1.2.0', 77.03, 92.99],
  ['slow-4x16-r50', 'mmaction2 1.2.0', 72.97, 90.88],
  ['slow-8x8-r50', 'mmaction2 1.2.0', 75.15, 92.11],
  ['x3d-xs', 'PySlowFast model zoo', 69.5],
  ['x3d-s', 'PySlowFast model zoo', 73.5],
  ['x3d-m', 'PySlowFast model zoo', 76.2],
  ['x3d-l', 'PySlowFast model zoo', 77.5],
  ['x3d-xs', 'PyTorchVideo model zoo', 69.12, 88.63],
  ['x3d-s', 'PyTorchVideo model zoo', 73.33, 91.27],
  ['x3d-m', 'PyTorchVideo model zoo', 75.94, 92.72],
  ['x3d-l', 'PyTorchVideo model zoo', 77.44, 93.31],
  ['r2plus1d-16x4-r50', 'PyTorchVideo model zoo', 76.01, 92.23],
  ['ir-csn-32x2-r101', 'PyTorchVideo model zoo', 77.0, 92.9],
  ['ir-csn-32x2-r50', 'mmaction2 1.2.0, from IG-65M', 79.44, 94.26],
  ['ir-csn-32x2-r152', 'mmaction2 1.2.0, from IG-65M', 82.87, 95.9],
  ['ip-csn-32x2-r152', 'mmaction2 1.2.0, from IG-65M', 82.68, 95.69],
  ['ir-csn-32x2-r152', 'mmaction2 1.2.0', 76.53, 92.28],
  ['ip-csn-32x2-r152', 'mmaction2 1.2.0', 77.8, 93.1],
  ['slowfast-4x16-r50', 'gluon-cv', 75.25],
  ['slowfast-8x8-r50', 'gluon-cv', 76.66],
  ['slowfast-8x8-r101-101-101', 'gluon-cv', 76.95],
];

const KINETICS_600: readonly Row[] = [
  ['slowfast-4x16-r50', 'paper, Table 3', 78.8, 94.0],
  ['slowfast-8x8-r50', 'paper, Table 3', 79.9, 94.5],
  ['slowfast-8x8-r101', 'paper, Table 3', 80.4, 94.8],
  ['slowfast-16x8-r101', 'paper, Table 3', 81.1, 95.1],
  ['slowfast-16x8-r101-nl', 'paper, Table 3', 81.8, 95.1],
];

const SOMETHING_V2: readonly Row[] = [
  ['slow-8x8-r50', 'PyTorchVideo model zoo', 60.04, 85.19],
  ['slowfast-8x8-r50', 'PyTorchVideo model zoo', 61.68, 86.92],
];

/** Mean average precision, pretrained on Kinetics-400. */
const CHARADES: readonly Row[] = [
  ['slowfast-16x8-r101', 'paper, Table 4', 42.1],
  ['slowfast-16x8-r101-nl', 'paper, Table 4', 42.5],
  ['slow-8x8-r50', 'PyTorchVideo model zoo', 34.72],
  ['slowfast-8x8-r50', 'PyTorchVideo model zoo', 37.24],
];

/** Mean average precision at IoU 0.5: the paper's Table 9 on version 2.1, all others on 2.2. */
const AVA: readonly Row[] = [
  ['slow-4x16-r50-ava', 'paper, Table 9', 19.0],
  ['slowfast-4x16-r50-ava', 'paper, Table 9', 24.2],
  ['slowfast-8x8-r101-ava', 'paper, Table 8', 29.0],
  ['slowfast-16x8-r101-ava', 'paper, Table 8', 29.8],
  ['slow-4x16-r50-ava', 'PySlowFast model zoo', 19.5],
  ['slowfast-8x8-r101-ava', 'PySlowFast model zoo', 29.1],
  ['slowfast-16x8-r101-ava', 'PySlowFast model zoo', 29.4],
  ['slow-4x16-r50-ava', 'PyTorchVideo model zoo', 19.5],
  ['slowfast-8x8-r50-ava', 'PyTorchVideo model zoo', 24.67],
  ['slowfast-8x8-r50-ava', 'mmaction2 1.2.0', 25.9],
];

const ROWS: Readonly<Record<Dataset, readonly Row[]>> = {
  kinetics400: KINETICS_400,
  kinetics600: KINETICS_600,
  'something-something-v2': SOMETHING_V2,
  charades: CHARADES,
  ava: AVA,
};

/** Published accuracies of a model on a data set, the paper's first; none for most pairs. */
export function publishedAccuracy(name: string, dataset: Dataset): readonly PublishedAccuracy[] {
  checkArguments('publishedAccuracy', { name: [name, 'string'], dataset: [dataset, 'string'] });

  return ROWS[dataset]
    .filter(([model]) => model === name)
    .map(([, source, first, top5]) =>
      dataset === 'charades' || dataset === 'ava'
        ? { source, meanAveragePrecision: first }
        : { source, top1: first, ...(top5 === undefined ? {} : { top5 }) },
    );
}

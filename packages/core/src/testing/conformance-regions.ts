/** @file Conformance cases of regions. */
import type { OpAttrs } from '../ir/types.js';
import type { Shape } from '../tensor.js';
import type { CaseSpec } from './conformance-case.js';

type Box = readonly [batch: number, x1: number, y1: number, x2: number, y2: number];

/** Input of 96 × 80 pixels, features of 6 × 5 at 1/16. */
const FEATURES = [2, 3, 5, 6] as const satisfies Shape;

const ORDINARY: readonly Box[] = [
  [0, 10.5, 20.25, 60, 70],
  [1, 3, 5, 90, 30.5],
  [0, 40.1, 8.7, 55.3, 77.9],
];
const BORDER: readonly Box[] = [
  [0, 0, 0, 95, 79],
  [1, 0, 0, 96, 80],
  [0, -20, -35, 30, 40],
  [1, 60, 50, 140, 130],
  [0, -300, -300, -200, -200],
  [1, 200, 200, 400, 400],
];
const DEGENERATE: readonly Box[] = [
  [0, 30, 40, 30, 40],
  [1, 30, 10, 30, 60],
  [0, 60, 50, 20, 10],
  [1, 60, 10, 20, 50],
  [0, 40, 40, 40.5, 40.5],
];

const regions = (
  name: string,
  boxes: readonly Box[],
  attrs: Partial<OpAttrs['roi_align']> = {},
): CaseSpec => ({
  name,
  inputs: { features: FEATURES, boxes: [boxes.length, 5] },
  symbols: { boxes: 'R' },
  values: { boxes: boxes.flat() },
  build: (g, features, rois) =>
    g.emit('roi_align', [features!, rois!], {
      size: [7, 7],
      spatialScale: 1 / 16,
      samplingRatio: 0,
      aligned: true,
      ...attrs,
    }),
});

/** Cases of the operations on regions. */
export const regionCases = {
  roi_align: [
    regions('aligned, adaptive', ORDINARY),
    regions('not aligned, adaptive', ORDINARY, { aligned: false }),
    regions('aligned, two samples a bin', ORDINARY, { samplingRatio: 2 }),
    regions('not aligned, three samples a bin', ORDINARY, { aligned: false, samplingRatio: 3 }),
    regions('2 × 3 bins of several samples', ORDINARY, { size: [2, 3] }),
    regions('one bin, full scale', ORDINARY, { size: [1, 1], spatialScale: 1 }),
    regions('boxes on the border and beyond, aligned', BORDER),
    regions('boxes on the border and beyond, not aligned', BORDER, {
      aligned: false,
      size: [8, 8],
    }),
    regions('empty, exchanged and tiny boxes, aligned', DEGENERATE),
    regions('empty, exchanged and tiny boxes, not aligned', DEGENERATE, { aligned: false }),
    regions('empty, exchanged and tiny boxes, two samples a bin', DEGENERATE, { samplingRatio: 2 }),
    regions(
      'many of one clip',
      Array.from({ length: 40 }, (_, i): Box => [1, i, i, i + 20, i + 9]),
    ),
  ],
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;

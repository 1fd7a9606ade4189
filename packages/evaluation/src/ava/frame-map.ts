/**
 * @file Mean average precision of actions in boxes on key frames (frame mAP), as AVA's official code
 * computes it:
 *
 * 1. Rows of labels that are not evaluated, and key frames that are excluded, count for nothing.
 * 2. On each key frame the detections of a label, best first, claim the ground-truth box that they overlap
 *    most (the first of equals): right if the overlap (intersection over union) is at least the threshold and
 *    nobody claimed that box before.
 * 3. The average precision of a label is the area under its precision over recall, after each precision is
 *    raised to the highest at any higher recall.
 * 4. The mean is over labels with ground truth.
 *
 * Detections without extent are left out. Equal scores: the later detection is taken first.
 */
import { checkArguments } from '@slowfast/core';
import type { AvaTable } from './table.js';

/** The 60 labels of 80 that AVA evaluates: those with at least 25 examples in validation and test. */
export const AVA_EVALUATED_LABELS: readonly number[] = [
  1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 20, 22, 24, 26, 27, 28, 29, 30, 34, 36, 37,
  38, 41, 43, 45, 46, 47, 48, 49, 51, 52, 54, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68,
  69, 70, 72, 73, 74, 76, 77, 78, 79, 80,
];

/** Options of {@link evaluateAva}. */
export interface AvaEvaluationOptions {
  /** Keys of key frames to leave out; default none. */
  readonly exclusions?: ReadonlySet<string>;
  /** Label ids to evaluate; default {@link AVA_EVALUATED_LABELS}. */
  readonly labels?: readonly number[];
  /** Least overlap of a right detection; default 0.5. */
  readonly overlap?: number;
  /**
   * Best detections that count on each key frame, over all labels; default all, as in PySlowFast and
   * mmaction2. The server of the official challenge takes 50.
   */
  readonly perFrame?: number;
}

/** What {@link evaluateAva} found. */
export interface AvaEvaluation {
  /** Mean average precision, 0 to 1; NaN without any ground truth. */
  readonly meanAveragePrecision: number;
  /** Average precision by label id; null for a label without ground truth. */
  readonly averagePrecision: ReadonlyMap<number, number | null>;
}

/** Evaluates detections against ground truth; browser-safe, linear in memory. */
export function evaluateAva(
  groundTruth: AvaTable,
  detections: AvaTable,
  options: AvaEvaluationOptions = {},
): AvaEvaluation {
  checkArguments('evaluateAva', {
    groundTruth: [groundTruth, 'object'],
    detections: [detections, 'object'],
    options: [options, 'object'],
  });

  const { exclusions = new Set(), labels = AVA_EVALUATED_LABELS } = options;
  const { overlap = 0.5, perFrame = Infinity } = options;
  const frames = new Map(groundTruth.frames.map((key, i) => [key, i]));
  // Detections on key frames without ground truth get numbers of their own: they are wrong, but count.
  const frameOf = (key: string): number => {
    if (!frames.has(key)) frames.set(key, frames.size);
    return frames.get(key)!;
  };
  const labelSet = new Set(labels);
  const truth = rowsByLabel(groundTruth, labelSet, exclusions, frameOf, Infinity);
  const rows = rowsByLabel(detections, labelSet, exclusions, frameOf, perFrame);
  const averagePrecision = new Map(
    labels.map((label): [number, number | null] => {
      const right = truth.get(label);
      if (!right) return [label, null];
      const marks = matched(groundTruth, right, detections, rows.get(label), frames.size, overlap);
      return [label, averagePrecisionOf(marks, right.rows.length)];
    }),
  );
  const values = [...averagePrecision.values()].filter((value) => value !== null);
  const meanAveragePrecision = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { meanAveragePrecision, averagePrecision };
}

/** Rows of one label, each with the number of its key frame. */
interface LabelRows {
  readonly rows: number[];
  readonly frames: number[];
}

function rowsByLabel(
  table: AvaTable,
  labels: ReadonlySet<number>,
  exclusions: ReadonlySet<string>,
  frameOf: (key: string) => number,
  perFrame: number,
): ReadonlyMap<number, LabelRows> {
  const frames = table.frames.map((key) => (exclusions.has(key) ? -1 : frameOf(key)));
  const best = perFrame === Infinity ? undefined : bestOfFrames(table, labels, perFrame);
  const byLabel = new Map<number, LabelRows>();
  for (let row = 0; row < table.rows; row++) {
    const frame = frames[table.frame[row]!]!;
    const label = table.labels[row]!;
    if (frame < 0 || !labels.has(label) || (best && best[row] === 0)) continue;
    let rows = byLabel.get(label);
    if (!rows) byLabel.set(label, (rows = { rows: [], frames: [] }));
    rows.rows.push(row);
    rows.frames.push(frame);
  }
  return byLabel;
}

/** Marks the rows of wanted labels that are among the best of their key frame; of equals the earlier stay. */
function bestOfFrames(
  { rows, frames, frame, labels, scores }: AvaTable,
  wanted: ReadonlySet<number>,
  perFrame: number,
): Uint8Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const counts = new Uint32Array(frames.length);
  const isBest = new Uint8Array(rows);
  for (const row of order) {
    if (wanted.has(labels[row]!) && counts[frame[row]!]!++ < perFrame) isBest[row] = 1;
  }
  return isBest;
}

/** Scores of detections, and whether each is right; best first, of equals the later. */
interface Marks {
  readonly right: Uint8Array;
}

function matched(
  truthTable: AvaTable,
  truth: LabelRows,
  table: AvaTable,
  detections: LabelRows | undefined,
  frameCount: number,
  threshold: number,
): Marks {
  if (!detections) return { right: new Uint8Array(0) };
  const valid = detections.rows.flatMap((row, i) => (hasExtent(table.boxes, row) ? [i] : []));
  const order = Uint32Array.from(valid);
  order.sort(
    (a, b) => table.scores[detections.rows[b]!]! - table.scores[detections.rows[a]!]! || b - a,
  );
  const { starts, sorted } = grouped(truth, frameCount);
  const claimed = new Uint8Array(sorted.length);
  const right = new Uint8Array(order.length);
  order.forEach((at, rank) => {
    const frame = detections.frames[at]!;
    let [best, bestOverlap] = [-1, -1];
    for (let k = starts[frame]!; k < starts[frame + 1]!; k++) {
      const shared = overlapOf(table.boxes, detections.rows[at]!, truthTable.boxes, sorted[k]!);
      if (shared > bestOverlap) [best, bestOverlap] = [k, shared];
    }
    if (best < 0 || bestOverlap < threshold || claimed[best]) return;
    claimed[best] = 1;
    right[rank] = 1;
  });
  return { right };
}

/** Ground-truth rows by key frame: those of frame f are `sorted[starts[f]]` to before `sorted[starts[f + 1]]`. */
function grouped(
  { rows, frames }: LabelRows,
  frameCount: number,
): { readonly starts: Uint32Array; readonly sorted: Uint32Array } {
  const starts = new Uint32Array(frameCount + 1);
  for (const frame of frames) starts[frame + 1]! += 1;
  for (let f = 0; f < frameCount; f++) starts[f + 1]! += starts[f]!;
  const next = starts.slice();
  const sorted = new Uint32Array(rows.length);
  rows.forEach((row, i) => (sorted[next[frames[i]!]!++] = row));
  return { starts, sorted };
}

const hasExtent = (boxes: Float64Array, row: number): boolean =>
  boxes[4 * row]! < boxes[4 * row + 2]! && boxes[4 * row + 1]! < boxes[4 * row + 3]!;

/** Intersection over union of row `i` of one list of boxes and row `j` of another. */
function overlapOf(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const [ax1, ay1, ax2, ay2] = [a[4 * i]!, a[4 * i + 1]!, a[4 * i + 2]!, a[4 * i + 3]!];
  const [bx1, by1, bx2, by2] = [b[4 * j]!, b[4 * j + 1]!, b[4 * j + 2]!, b[4 * j + 3]!];
  const width = Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1));
  const height = Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1));
  const shared = width * height;
  return shared / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared);
}

function averagePrecisionOf({ right }: Marks, positives: number): number {
  const precision = new Float64Array(right.length);
  let hits = 0;
  right.forEach((mark, i) => {
    hits += mark;
    precision[i] = hits / (i + 1);
  });
  let [area, highest] = [0, 0];
  // From the last: recall rises by 1 / positives at each right detection.
  for (let i = right.length - 1; i >= 0; i--) {
    highest = Math.max(highest, precision[i]!);
    if (right[i]) area += highest / positives;
  }
  return area;
}

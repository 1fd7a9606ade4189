/** @file Boxes with actions in columns: millions of them take some tens of bytes each. */
import { checkArguments, SpecError } from '@slowfast/core';

/** One box with one action, as a row of AVA's files has it. */
export interface AvaRow {
  readonly video: string;
  /** Second of the video at which the key frame is. */
  readonly second: number;
  /** x1, y1, x2, y2 as parts of width and height. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** Label id from 1; −1 for a box without an action. */
  readonly label: number;
  /** Score; 1 where the file has none. */
  readonly score: number;
}

/** Rows in columns, in the order in which they came. */
export interface AvaTable {
  readonly rows: number;
  /** Key frames in order of first appearance: `video,0902`. */
  readonly frames: readonly string[];
  /** Index of each row's key frame in {@link AvaTable.frames}. */
  readonly frame: Uint32Array;
  /** Four numbers a row: x1, y1, x2, y2. */
  readonly boxes: Float64Array;
  readonly labels: Int16Array;
  readonly scores: Float64Array;
}

/** The box of a row of a table; rows count from 0. */
export function avaBox(avaTable: AvaTable, row: number): AvaRow['box'] {
  checkArguments('avaBox', { avaTable: [avaTable, 'object'] });
  const { boxes } = avaTable;
  const at = 4 * row;
  return [boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!];
}

/** The name of a key frame: `video,0902`. */
export function avaFrameKey(video: string, second: number): string {
  return `${video},${String(second).padStart(4, '0')}`;
}

const LARGEST_LABEL = 32767;

/** Collects rows into a table. */
export class AvaTableBuilder {
  readonly #frames = new Map<string, number>();
  #frame = new Uint32Array(1024);
  #boxes = new Float64Array(4096);
  #labels = new Int16Array(1024);
  #scores = new Float64Array(1024);
  #rows = 0;

  /** Adds a row; throws {@link SpecError} for numbers that are none. */
  add({ video, second, box, label, score }: AvaRow): void {
    this.addTo(avaFrameKey(video, second), ...box, label, score);
  }

  /** The same with the key frame by its `avaFrameKey`, without an object a row. */
  addTo(
    key: string,
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    label: number,
    score: number,
  ): void {
    if (![x1, y1, x2, y2, score].every(Number.isFinite)) {
      throw wrong(key, 'finite coordinates and score', `${[x1, y1, x2, y2, score].join(', ')}`);
    }
    if (!Number.isInteger(label) || label < -1 || label === 0 || label > LARGEST_LABEL) {
      throw wrong(key, 'a label id of at least 1, or -1 for none', `${label}`);
    }
    if (this.#rows === this.#frame.length) this.#grow();
    let frame = this.#frames.get(key);
    if (frame === undefined) this.#frames.set(key, (frame = this.#frames.size));
    const at = this.#rows++;
    this.#frame[at] = frame;
    this.#boxes.set([x1, y1, x2, y2], 4 * at);
    this.#labels[at] = label;
    this.#scores[at] = score;
  }

  /** The rows so far. */
  build(): AvaTable {
    const rows = this.#rows;
    return {
      rows,
      frames: [...this.#frames.keys()],
      frame: this.#frame.subarray(0, rows),
      boxes: this.#boxes.subarray(0, 4 * rows),
      labels: this.#labels.subarray(0, rows),
      scores: this.#scores.subarray(0, rows),
    };
  }

  #grow(): void {
    const size = 2 * this.#frame.length;
    const grown = <A extends { set(from: A): void }>(to: A, from: A): A => (to.set(from), to);
    this.#frame = grown(new Uint32Array(size), this.#frame);
    this.#boxes = grown(new Float64Array(4 * size), this.#boxes);
    this.#labels = grown(new Int16Array(size), this.#labels);
    this.#scores = grown(new Float64Array(size), this.#scores);
  }
}

const wrong = (site: string, expected: string, received: string): SpecError =>
  new SpecError({ site, expected, received });

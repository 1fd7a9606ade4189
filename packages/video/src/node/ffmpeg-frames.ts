/**
 * @file What ffmpeg's filters tell of each frame beside its pixels: time stamp and size. A pipe of raw frames holds
 * neither, and without them a frame that is lost would shift all later ones.
 */
import type { Size } from '../types.js';

/** A frame's time stamp, if it has one, and its size in the stream. */
export interface FrameNote {
  readonly ticks: number | undefined;
  readonly size: Size;
}

const EVERY_STAMP = "select='st(0,print(pts));1'";

// With fractions, which time stamps never have.
const FRACTION = { w: '.25', h: '.5' } as const;
const everySide = (side: 'w' | 'h', value: number): string =>
  `${side}='st(0,print(i${side}+${FRACTION[side]}));${value}'`;

/** The filters: each frame scaled to one size, if it has another, and its notes written to stderr. */
export const notingFilters = ({ width, height }: Size): string =>
  [
    EVERY_STAMP,
    // BT.601 whatever the file says, as libswscale does by default under PyAV and node-av.
    `scale=${everySide('w', width)}:${everySide('h', height)}:in_color_matrix=bt601:flags=bilinear`,
    'format=rgb24',
  ].join(',');

const NUMBER = /^(?:\[[^\]]*\] )?(-?\d+\.\d{6}|-?nan)$/;

/** Collects the notes, in the order of the frames. */
export class FrameNotes {
  readonly #notes: FrameNote[] = [];
  #size: Size;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(size: Size) {
    this.#size = size;
  }

  /** Takes a line of stderr, if it is a note. */
  take(line: string): boolean {
    const number = NUMBER.exec(line)?.[1];
    if (number === undefined) return false;
    const whole = Math.trunc(Number(number));
    if (number.endsWith(`${FRACTION.w}0000`)) this.#size = { ...this.#size, width: whole };
    else if (number.endsWith(`${FRACTION.h}00000`)) this.#size = { ...this.#size, height: whole };
    else this.#add(number);
    return true;
  }

  #add(number: string): void {
    this.#notes.push({
      ticks: number.endsWith('nan') ? undefined : Number(number),
      size: this.#size,
    });
    this.#wake?.();
  }

  /** There are no more. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next frame's. It is written before the frame, but through another pipe. */
  async next(): Promise<FrameNote> {
    while (this.#notes.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#notes.shift() ?? { ticks: undefined, size: this.#size };
  }
}

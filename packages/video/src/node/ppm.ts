/** @file A stream of PPM pictures (P6, 8 bits), cut into images. */
import { MediaError } from '@slowfast/core';
import type { RgbImage } from '../transform/resize.js';

const LONGEST_HEADER = 64;
const LARGEST = 8192 * 4608;

/** Collects bytes and gives the pictures that are complete. */
export class PpmReader {
  readonly #site: string;
  #bytes = new Uint8Array(0);
  #filled = 0;

  constructor(site: string) {
    this.#site = site;
  }

  /** Takes more bytes; throws {@link MediaError} for what is no PPM picture. */
  *add(chunk: Uint8Array): Generator<RgbImage> {
    this.#append(chunk);
    let from = 0;
    for (;;) {
      const header = this.#header(from);
      if (!header) break;
      const { width, height, length } = header;
      const end = from + length + 3 * width * height;
      if (end > this.#filled) {
        // Room for the whole picture at once.
        this.#reserve(end - from, from);
        return;
      }
      yield { width, height, data: this.#bytes.slice(from + length, end) };
      from = end;
    }
    this.#bytes.copyWithin(0, from, this.#filled);
    this.#filled -= from;
  }

  #header(from: number): { width: number; height: number; length: number } | undefined {
    const window = this.#bytes.subarray(from, Math.min(this.#filled, from + LONGEST_HEADER));
    const text = String.fromCharCode(...window);
    const match = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(text);
    if (match) {
      const [width, height] = [Number(match[1]), Number(match[2])];
      if (width * height > 0 && width * height <= LARGEST) {
        return { width, height, length: match[0].length };
      }
    } else if (window.length < LONGEST_HEADER && /^(?:P6?|P6\s[\s\d]*)?$/.test(text)) {
      return undefined;
    }
    throw new MediaError({
      site: this.#site,
      expected: `pictures of at most ${LARGEST} pixels from ffmpeg`,
      received: JSON.stringify(text.slice(0, 20)),
    });
  }

  #append(chunk: Uint8Array): void {
    if (this.#filled + chunk.length > this.#bytes.length) {
      this.#reserve(Math.max(this.#filled + chunk.length, 2 * this.#bytes.length), 0);
    }
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  /** Moves what is left from `from` on to the beginning of a buffer of at least `size` bytes. */
  #reserve(size: number, from: number): void {
    const rest = this.#bytes.subarray(from, this.#filled);
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(size);
      grown.set(rest);
      this.#bytes = grown;
    } else if (from > 0) this.#bytes.copyWithin(0, from, this.#filled);
    this.#filled = rest.length;
  }
}

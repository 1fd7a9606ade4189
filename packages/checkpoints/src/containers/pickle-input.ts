/** @file The bytes of a pickle, read through a window that moves forward over the source. */
import type { ByteSource } from '@slowfast/core';
import { WeightError } from '@slowfast/core';

const WINDOW = 1 << 16;

/** A position in a {@link ByteSource} with a window of bytes ahead of it. */
export class PickleInput {
  readonly source: ByteSource;
  /** Bytes of the file that the source's are made of: fewer, where they are inflated. */
  readonly storedBytes: number;
  #window: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #windowStart: number;
  #at = 0;

  constructor(source: ByteSource, storedBytes = source.size) {
    this.source = source;
    this.storedBytes = storedBytes;
    this.#windowStart = 0;
  }

  /** Position in the source of the next byte. */
  get position(): number {
    return this.#windowStart + this.#at;
  }

  /** Bytes in the window that are still to be read. */
  get ahead(): number {
    return this.#window.length - this.#at;
  }

  /** Makes at least `count` bytes available, or as many as are left. */
  async fill(count: number): Promise<void> {
    if (this.#window.length - this.#at >= count) return;
    const start = this.position;
    const length = Math.min(Math.max(count, WINDOW), this.source.size - start);
    this.#window = await this.source.read(start, length);
    this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, length);
    this.#windowStart = start;
    this.#at = 0;
  }

  /** Moves past `count` bytes without reading them and gives the position where they begin. */
  skip(count: number): number {
    const start = this.position;
    if (count > this.source.size - start) throw this.truncated(count);
    const ahead = this.#window.length - this.#at;
    if (count <= ahead) {
      this.#at += count;
    } else {
      this.#windowStart = start + count;
      this.#window = new Uint8Array(0);
      this.#at = 0;
    }
    return start;
  }

  /** The next `count` bytes, not copied. */
  async take(count: number): Promise<Uint8Array> {
    if (count > this.source.size - this.position) throw this.truncated(count);
    await this.fill(count);
    const bytes = this.#window.subarray(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }

  /** The text up to the next line feed, at most `limit` bytes. */
  async line(limit: number): Promise<string> {
    let lookahead = 128;
    for (;;) {
      await this.fill(lookahead);
      const end = this.#window.indexOf(10, this.#at);
      if (end >= 0 && end - this.#at <= limit) {
        const text = latin1(this.#window.subarray(this.#at, end));
        this.#at = end + 1;
        return text;
      }
      const ahead = this.#window.length - this.#at;
      if (ahead >= limit || end >= 0) {
        throw new WeightError({
          site: this.source.name,
          expected: `a pickle whose lines have at most ${limit} bytes`,
          received: `a longer one at byte ${this.position}`,
        });
      }
      if (this.position + ahead >= this.source.size) throw this.truncated(ahead + 1);
      lookahead = Math.min(ahead * 2, limit + 1);
    }
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  /** A float64, most significant byte first. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  #advance(count: number): number {
    if (this.#window.length - this.#at < count) throw this.truncated(count);
    this.#at += count;
    return this.#at - count;
  }

  /** The error for bytes that are not there. */
  truncated(count: number): WeightError {
    return new WeightError({
      site: this.source.name,
      expected: `${count} more ${count === 1 ? 'byte' : 'bytes'} of the pickle at byte ${this.position}`,
      received: `${this.source.size} bytes in all`,
      remedy: 'The file is truncated or damaged; fetch it again',
    });
  }
}

/** Bytes as text, each byte one character. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** The inverse of {@link latin1}. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
}

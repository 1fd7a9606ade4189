/** @file Writes zip archives of uncompressed entries, each at a multiple of 64 bytes, as torch maps them into memory. */
import { crc32 } from '@slowfast/checkpoints';
import { RuntimeError } from '@slowfast/core';

const ALIGNMENT = 64;
/** Of the extra field that fills up to the alignment; torch's own. */
const FILLER = 0x4246;
const LARGEST = 2 ** 32 - 1;

interface Entry {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

/** Writes an archive piece by piece. Throws RuntimeError for one of more than 4 GiB. */
export class ZipWriter {
  readonly #entries: Entry[] = [];
  #offset = 0;

  /** The bytes of a further entry, header first. */
  *add(name: string, data: Uint8Array): Generator<Uint8Array> {
    const entry: Entry = {
      name: new TextEncoder().encode(name),
      size: data.length,
      crc: crc32(data),
      offset: this.#offset,
    };
    const header = localHeader(entry);
    this.#offset += header.length + data.length;
    if (this.#offset > LARGEST) {
      throw new RuntimeError({
        site: name,
        expected: 'a checkpoint of at most 4 GiB',
        received: 'a larger one',
      });
    }
    this.#entries.push(entry);
    yield header;
    yield data;
  }

  /** The directory of the archive, which ends it. */
  end(): Uint8Array {
    const records = this.#entries.map(directoryRecord);
    const size = records.reduce((sum, { length }) => sum + length, 0);
    const end = fields(22, [
      [0, 4, 0x06054b50],
      [8, 2, records.length],
      [10, 2, records.length],
      [12, 4, size],
      [16, 4, this.#offset],
    ]);
    return joined([...records, end]);
  }
}

/** Signature, version, and what local headers and directory records have in common, from `at`. */
const shared = ({ crc, size, name }: Entry, at: number): Field[] => [
  [at, 2, 10],
  // Names are UTF-8; the date is the first that there is.
  [at + 2, 2, 0x0800],
  [at + 8, 2, 0x21],
  [at + 10, 4, crc],
  [at + 14, 4, size],
  [at + 18, 4, size],
  [at + 22, 2, name.length],
];

type Field = readonly [offset: number, bytes: number, value: number];

function localHeader(entry: Entry): Uint8Array {
  const start = entry.offset + 30 + entry.name.length + 4;
  const filling = (ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT;
  const header = fields(30, [[0, 4, 0x04034b50], ...shared(entry, 4), [28, 2, 4 + filling]]);
  const extra = fields(4 + filling, [
    [0, 2, FILLER],
    [2, 2, filling],
  ]);
  return joined([header, entry.name, extra]);
}

function directoryRecord(entry: Entry): Uint8Array {
  const record = fields(46, [
    [0, 4, 0x02014b50],
    [4, 2, 10],
    ...shared(entry, 6),
    [42, 4, entry.offset],
  ]);
  return joined([record, entry.name]);
}

function fields(length: number, values: readonly Field[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  for (const [offset, bytes, value] of values) {
    if (bytes === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value >>> 0, true);
  }
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

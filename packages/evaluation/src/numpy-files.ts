/**
 * @file NumPy's array files, for features that other tools read: `.npy` (format 1.0) and `.npz` (a zip archive
 * of them, stored without compression). Needs no Node API.
 */
import { ShapeError, sizeOf, type Shape } from '@slowfast/core';

/** Arrays that are written; in C order. */
export interface NumpyArray {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const MAGIC = '\x93NUMPY\x01\x00';

/** Headers are padded so that the data is aligned to this many bytes. */
const ALIGNMENT = 64;

function descriptor({ data }: NumpyArray): string {
  if (data instanceof Float32Array) return '<f4';
  if (data instanceof Float64Array) return '<f8';
  return data instanceof Int32Array ? '<i4' : '<i8';
}

/**
 * An array as the bytes of a `.npy` file.
 *
 * Throws {@link ShapeError} when the shape does not have as many elements as there are.
 */
export function npyBytes(array: NumpyArray): Uint8Array {
  const { shape, data } = array;
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError({
      site: 'npy',
      expected: `${sizeOf(shape)} elements for [${shape.join(', ')}]`,
      received: `${data.length}`,
    });
  }
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descriptor(array)}', 'fortran_order': False, 'shape': (${dims}), }`;
  const used = MAGIC.length + 2 + text.length + 1;
  const header = `${text}${' '.repeat((ALIGNMENT - (used % ALIGNMENT)) % ALIGNMENT)}\n`;
  const start = MAGIC.length + 2 + header.length;
  const bytes = new Uint8Array(start + data.byteLength);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  new DataView(bytes.buffer).setUint16(MAGIC.length, header.length, true);
  for (let i = 0; i < header.length; i++) bytes[MAGIC.length + 2 + i] = header.charCodeAt(i);
  bytes.set(littleEndian(data), start);
  return bytes;
}

/** The bytes of the elements, the low byte first. */
function littleEndian(data: NumpyArray['data']): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  const swapped = bytes.slice();
  const size = data.BYTES_PER_ELEMENT;
  for (let at = 0; at < swapped.length; at += size) swapped.subarray(at, at + size).reverse();
  return swapped;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// 1 January 1980, the earliest date of the format, so that the same arrays give the same file.
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const VERSION = 20;
const LARGEST = 0xffffffff;

/**
 * Named arrays as the chunks of a `.npz` file, in order: `numpy.load(file)[name]`.
 *
 * Throws {@link ShapeError} when a shape does not fit its elements, or beyond 4 GiB, which this archive
 * format ends at.
 */
export function* npzChunks(
  arrays: Readonly<Record<string, NumpyArray>>,
): Generator<Uint8Array, void, undefined> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [key, array] of Object.entries(arrays)) {
    const name = new TextEncoder().encode(`${key}.npy`);
    const bytes = npyBytes(array);
    if (offset + bytes.length > LARGEST) {
      throw new ShapeError({
        site: 'npz',
        expected: 'arrays of less than 4 GiB altogether',
        received: 'more',
        remedy: 'Write npy or safetensors',
      });
    }
    const fixed = [VERSION, UTF8_NAMES, 0, 0, DATE] as const;
    const sizes = [crc32(bytes), bytes.length, bytes.length] as const;
    const local = record(0x04034b50, [...fixed], [...sizes], [name.length, 0], [], name);
    yield local;
    yield bytes;
    // Made by, then as above; comment, disk, internal; attributes, offset.
    directory.push(
      record(
        0x02014b50,
        [VERSION, ...fixed],
        [...sizes],
        [name.length, 0, 0, 0, 0],
        [0, offset],
        name,
      ),
    );
    offset += local.length + bytes.length;
  }
  let length = 0;
  for (const entry of directory) {
    yield entry;
    length += entry.length;
  }
  const count = directory.length;
  yield record(0x06054b50, [0, 0, count, count], [length, offset], [0], [], new Uint8Array());
}

/** A record of the archive: signature, 16-bit numbers, 32-bit numbers, both again, text. */
function record(
  signature: number,
  shorts: readonly number[],
  longs: readonly number[],
  moreShorts: readonly number[],
  moreLongs: readonly number[],
  text: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(
    4 +
      2 * (shorts.length + moreShorts.length) +
      4 * (longs.length + moreLongs.length) +
      text.length,
  );
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const put32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  put32(signature);
  shorts.forEach(put16);
  longs.forEach(put32);
  moreShorts.forEach(put16);
  moreLongs.forEach(put32);
  bytes.set(text, at);
  return bytes;
}

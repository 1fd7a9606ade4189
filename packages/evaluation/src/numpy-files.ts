/**
 * @file NumPy's array files, for features that other tools read: `.npy` (format 1.0) and `.npz` (a zip archive
 * of them, stored without compression). Needs no Node API.
 */
import { ShapeError, sizeOf, type Shape } from '@slowfast/core';
import { Zip, ZipPassThrough } from 'fflate';

/** Arrays that are written; in C order. */
export interface NumpyArray {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

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
  const length = MAGIC.length + 2 + text.length + 1;
  const header = `${text}${' '.repeat((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT)}\n`;
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

// The earliest date of the format, so that the same arrays give the same file.
const DATE = new Date(1980, 0, 1);
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
  let chunks: Uint8Array[] = [];
  let size = 0;
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
    size += chunk.length;
  });
  for (const [key, array] of Object.entries(arrays)) {
    const bytes = npyBytes(array);
    if (size + bytes.length > LARGEST) {
      throw new ShapeError({
        site: 'npz',
        expected: 'arrays of less than 4 GiB altogether',
        received: 'more',
        remedy: 'Write npy or safetensors',
      });
    }
    const file = new ZipPassThrough(`${key}.npy`);
    file.mtime = DATE;
    zip.add(file);
    file.push(bytes, true);
    yield* chunks;
    chunks = [];
  }
  zip.end();
  yield* chunks;
}

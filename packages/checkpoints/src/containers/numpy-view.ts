/** @file numpy arrays of a pickle as tensors that stay in the file. */
import type { ByteSource, ElementFormat } from '@slowfast/core';
import { WeightError, bytesSource, sourceRange } from '@slowfast/core';

import { latin1Bytes } from './pickle-input.js';
import type { NumpyArray, PickleBytes, PickleText, PickleValue } from './pickle-values.js';
import { isKind, isList } from './pickle-values.js';
import type { TensorView } from './tensor-view.js';
import { checkView, denseStrides } from './tensor-view.js';

const FORMATS: Readonly<Record<string, ElementFormat>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u1: 'U8',
  b1: 'BOOL',
};

/** Whole numbers of a pickled tuple; NaN stands for whatever is none, and is refused by {@link checkView}. */
export function countsOf(value: PickleValue): readonly number[] {
  return isList(value) ? value.map(countOf) : [NaN];
}

/** A whole number of a pickle, or NaN. */
export function countOf(value: PickleValue): number {
  return typeof value === 'number' ? value : NaN;
}

/** A view of an array's elements; throws {@link WeightError} for an element type that is no number. */
export function numpyView(name: string, array: NumpyArray, source: ByteSource): TensorView {
  const { dtype, data, fortran } = array;
  const format = dtype && Object.hasOwn(FORMATS, dtype.code) ? FORMATS[dtype.code] : undefined;
  if (!dtype || data === undefined || !format) {
    throw new WeightError({
      site: name,
      expected: 'an array of f8, f4, f2, i8, i4, i2, i1, u1 or b1',
      received: `elements of type ${dtype?.code ?? 'unknown'}`,
    });
  }
  const shape = countsOf(array.shape);
  const length = byteLength(data);
  const block = {
    // Bytes written as text take up to two in the file; their number is known when they are read.
    byteLength: length,
    littleEndian: dtype.littleEndian,
    open: () => openBytes(source, data),
  };
  return checkView(name, {
    block,
    format,
    shape,
    strides: denseStrides(shape, fortran),
    offset: 0,
  });
}

const byteLength = (data: PickleBytes | PickleText | string): number =>
  typeof data === 'string' ? data.length : data.length;

async function openBytes(
  source: ByteSource,
  data: PickleBytes | PickleText | string,
): Promise<ByteSource> {
  if (typeof data === 'string') return bytesSource(latin1Bytes(data), source.name);
  if (isKind(data, 'bytes') && data.inline !== undefined) {
    return bytesSource(latin1Bytes(data.inline), source.name);
  }
  const range = sourceRange(source, data.offset, data.length);
  if (data.encoding !== 'utf8') return range;
  return bytesSource(latin1FromUtf8(await range.read(0, data.length)), source.name);
}

/** The bytes whose Latin-1 text was written as UTF-8. */
function latin1FromUtf8(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(text.length);
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    out[to++] = byte < 0x80 ? byte : ((byte & 0x03) << 6) | (text[++at]! & 0x3f);
  }
  return out.subarray(0, to);
}

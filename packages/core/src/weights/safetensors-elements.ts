/** @file Element formats of weight files, to and from the typed arrays of {@link HostTensor}. */
import { WeightError } from '../errors.js';
import type { DType, HostTensor, Shape, TypedArrayOf } from '../tensor.js';

/** How one element is stored, in the names of the safetensors format; always little-endian. */
export type ElementFormat =
  'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

interface FormatInfo {
  readonly bytes: number;
  readonly dtype: DType;
}

const FORMATS: Readonly<Record<ElementFormat, FormatInfo>> = {
  F64: { bytes: 8, dtype: 'float32' },
  F32: { bytes: 4, dtype: 'float32' },
  F16: { bytes: 2, dtype: 'float32' },
  BF16: { bytes: 2, dtype: 'float32' },
  I64: { bytes: 8, dtype: 'int64' },
  I32: { bytes: 4, dtype: 'int32' },
  I16: { bytes: 2, dtype: 'int32' },
  I8: { bytes: 1, dtype: 'int32' },
  U8: { bytes: 1, dtype: 'int32' },
  BOOL: { bytes: 1, dtype: 'int32' },
};

/** Whether a string names an {@link ElementFormat}. */
export function isElementFormat(name: string): name is ElementFormat {
  return Object.hasOwn(FORMATS, name);
}

/** Bytes of one element. */
export function elementBytes(format: ElementFormat): number {
  return FORMATS[format].bytes;
}

/** The type that elements of a format are read as: floats as float32, 64-bit integers as int64, others as int32. */
export function elementDType(format: ElementFormat): DType {
  return FORMATS[format].dtype;
}

/** A tensor of the given shape from its stored bytes (C order), which are copied. */
export function decodeTensor(bytes: Uint8Array, format: ElementFormat, shape: Shape): HostTensor {
  // Not `slice()`: for Node's Buffer that is a view.
  const raw = new Uint8Array(bytes).buffer;
  switch (format) {
    case 'F32':
      return { dtype: 'float32', shape, data: new Float32Array(raw) };
    case 'F64':
      return { dtype: 'float32', shape, data: Float32Array.from(new Float64Array(raw)) };
    case 'F16':
      return { dtype: 'float32', shape, data: decodeFloat16(new Uint16Array(raw)) };
    case 'BF16':
      return { dtype: 'float32', shape, data: decodeBFloat16(new Uint16Array(raw)) };
    case 'I64':
      return { dtype: 'int64', shape, data: new BigInt64Array(raw) };
    case 'I32':
      return { dtype: 'int32', shape, data: new Int32Array(raw) };
    case 'I16':
      return { dtype: 'int32', shape, data: Int32Array.from(new Int16Array(raw)) };
    case 'I8':
      return { dtype: 'int32', shape, data: Int32Array.from(new Int8Array(raw)) };
    case 'U8':
      return { dtype: 'int32', shape, data: Int32Array.from(new Uint8Array(raw)) };
    case 'BOOL':
      return {
        dtype: 'int32',
        shape,
        data: Int32Array.from(new Uint8Array(raw), (b) => +(b !== 0)),
      };
  }
}

let halves: Float32Array | undefined;

/** The value of every half-precision bit pattern: a table, because decoding is most of reading a half-precision file. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) halves[bits] = sign * fraction * 2 ** -24;
    else if (exponent < 31) halves[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
    else halves[bits] = fraction === 0 ? sign * Infinity : NaN;
  }
  return halves;
}

/** Half-precision bit patterns as float32, exactly. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
  return out;
}

/** bfloat16 bit patterns (the upper half of a float32) as float32, exactly. */
export function decodeBFloat16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
}

/**
 * float32 as half-precision bit patterns, rounded to nearest even. Throws {@link WeightError} naming
 * `site` for a finite value beyond ±65504, which would silently become infinite.
 */
export function encodeFloat16(values: Float32Array, site: string): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const magnitude = word & 0x7fffffff;
    const half = halfOf(magnitude);
    if (half === 0x7c00 && magnitude !== 0x7f800000) {
      throw new WeightError({
        site,
        expected: 'values that float16 can hold (up to 65504)',
        received: `${values[i]} at element ${i}`,
        remedy: 'Write it as float32',
      });
    }
    out[i] = ((word >>> 16) & 0x8000) | half;
  }
  return out;
}

/** The half-precision pattern of a non-negative float32 given by its bits. */
function halfOf(bits: number): number {
  if (bits > 0x7f800000) return 0x7e00;
  if (bits >= 0x477ff000) return 0x7c00;
  if (bits >= 0x38800000) return (bits - 0x38000000 + 0xfff + ((bits >>> 13) & 1)) >>> 13;
  if (bits <= 0x33000000) return 0;
  const shift = 126 - (bits >>> 23);
  const fraction = (bits & 0x7fffff) | 0x800000;
  const half = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return rest > tie || (rest === tie && (half & 1) === 1) ? half + 1 : half;
}

/** The bytes of a typed array, not copied. */
export function bytesOf(data: TypedArrayOf[DType] | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

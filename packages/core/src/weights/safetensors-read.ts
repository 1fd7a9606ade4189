/**
 * @file Reading safetensors files (https://github.com/huggingface/safetensors): 8 bytes of header length,
 * a JSON header of names, formats, shapes and byte ranges, then the elements.
 */
import { checkArguments } from '../arguments.js';
import { WeightError } from '../errors.js';
import type { DType, Shape } from '../tensor.js';
import { sizeOf } from '../tensor.js';
import type { ByteSource } from './byte-source.js';
import type { ElementFormat } from './safetensors-elements.js';
import {
  decodeTensor,
  elementBytes,
  elementDType,
  isElementFormat,
} from './safetensors-elements.js';
import { topLevelKeys } from './safetensors-keys.js';
import type { WeightStore } from './store.js';
import { unknownTensor } from './store.js';

// The core is compiled without any platform's types; this one class exists on all of them.
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** The longest header that is read, bytes: the format allows more, but 16,384 tensors take less. */
export const MAX_SAFETENSORS_HEADER = 8 << 20;
/** Ten times the tensors of a network of 101 layers and two pathways. */
const MAX_TENSORS = 16_384;

/** A store that also knows, without reading it, which type a tensor will be read as. */
export interface TypedWeightStore extends WeightStore {
  /** The type that {@link WeightStore.read} gives; throws {@link WeightError} for an unknown name. */
  dtypeOf(name: string): DType;
}

interface Entry {
  readonly format: ElementFormat;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/**
 * Opens a safetensors file. Only the header is read here; each tensor is read when it is asked for.
 * Rejects with {@link WeightError} for a header that is not valid, a format that is not known, and byte
 * ranges that overlap, leave a gap, leave the file or do not fit the shape. Closing the store closes
 * the source.
 */
export async function readSafetensors(source: ByteSource): Promise<TypedWeightStore> {
  checkArguments('readSafetensors', { source: [source, 'source'] });

  const { header, dataOffset } = await readHeader(source);
  const { entries, metadata } = parseEntries(source, header);
  checkRanges(source, entries, source.size - dataOffset);
  const find = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry) throw unknownTensor(name, entries.size);
    return entry;
  };
  return {
    names: new Set(entries.keys()),
    metadata,
    shapeOf: (name) => find(name).shape,
    dtypeOf: (name) => elementDType(find(name).format),
    read: async (name) => {
      const { format, shape, begin, end } = find(name);
      return decodeTensor(await source.read(dataOffset + begin, end - begin), format, shape);
    },
    ...(source.close ? { close: () => source.close!() } : {}),
  };
}

/** Whether the first bytes of a file look like a safetensors header: a plausible length, then an opening brace. */
export function looksLikeSafetensors(head: Uint8Array, size: number): boolean {
  checkArguments('looksLikeSafetensors', { head: [head, 'bytes'] });

  if (head.length < 9 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length <= BigInt(Math.max(size, MAX_SAFETENSORS_HEADER));
}

async function readHeader(source: ByteSource): Promise<{ header: string; dataOffset: number }> {
  if (source.size < 8) throw headerError(source, `${source.size} bytes in all`);
  const head = await source.read(0, 8);
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_SAFETENSORS_HEADER) || length > BigInt(source.size - 8)) {
    throw new WeightError({
      site: source.name,
      expected: `a safetensors header of at most ${Math.min(MAX_SAFETENSORS_HEADER, source.size - 8)} bytes`,
      received: `a length of ${length}`,
      remedy: 'The file is truncated, damaged or no safetensors file',
    });
  }
  const bytes = await source.read(8, Number(length));
  try {
    const header = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { header, dataOffset: 8 + Number(length) };
  } catch (cause) {
    throw headerError(source, 'bytes that are not UTF-8', cause);
  }
}

function parseEntries(
  source: ByteSource,
  header: string,
): { entries: Map<string, Entry>; metadata: Record<string, string> } {
  const parsed = parseHeader(source, header);
  const entries = new Map<string, Entry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') metadata = parseMetadata(source, value);
    else entries.set(name, parseEntry(name, value));
  }
  return { entries, metadata };
}

/** The object that the header is; names are counted before anything is made of them. */
function parseHeader(source: ByteSource, header: string): Record<string, unknown> {
  const names = new Set<string>();
  try {
    for (const key of topLevelKeys(header)) {
      if (names.has(key)) throw headerError(source, `the name '${key}' twice`);
      names.add(key);
      if (names.size > MAX_TENSORS) throw headerError(source, `more than ${MAX_TENSORS} tensors`);
    }
    const parsed: unknown = JSON.parse(header);
    if (isRecord(parsed)) return parsed;
  } catch (cause) {
    if (cause instanceof WeightError) throw cause;
    throw headerError(source, 'text that is not JSON', cause);
  }
  throw headerError(source, 'JSON that is no object');
}

function parseMetadata(source: ByteSource, value: unknown): Record<string, string> {
  const pairs = isRecord(value) ? Object.entries(value) : undefined;
  if (!pairs?.every((pair): pair is [string, string] => typeof pair[1] === 'string')) {
    throw headerError(source, '__metadata__ that is no object of strings');
  }
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: range } = isRecord(value) ? value : {};
  if (typeof dtype !== 'string' || !isElementFormat(dtype)) {
    throw new WeightError({
      site: name,
      expected: 'an element format of F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL',
      received: typeof dtype === 'string' ? dtype : `${typeof dtype}`,
    });
  }
  if (Array.isArray(shape) && shape.length > 32) {
    throw entryError(name, 'a shape of at most 32 numbers', `${shape.length}`);
  }
  if (!isCounts(shape) || !Number.isSafeInteger(sizeOf(shape))) {
    throw entryError(name, 'a shape of whole numbers', JSON.stringify(shape));
  }
  if (!isCounts(range) || range.length !== 2) {
    throw entryError(name, 'data_offsets of two whole numbers', JSON.stringify(range));
  }
  const [begin, end] = range as [number, number];
  const bytes = sizeOf(shape) * elementBytes(dtype);
  if (end - begin !== bytes) {
    throw entryError(
      name,
      `${bytes} bytes for ${dtype} of shape [${shape.join(', ')}]`,
      `data_offsets [${begin}, ${end}]`,
    );
  }
  return { format: dtype, shape, begin, end };
}

/** The format wants every byte of the data to belong to exactly one tensor. */
function checkRanges(source: ByteSource, entries: ReadonlyMap<string, Entry>, size: number): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const [name, { begin, end }] of sorted) {
    if (end > size) {
      throw entryError(name, `data within ${size} bytes`, `data_offsets [${begin}, ${end}]`);
    }
    if (begin !== position) {
      throw entryError(
        name,
        `data that begins at ${position}, where the tensor before it ends`,
        `data_offsets [${begin}, ${end}]`,
      );
    }
    position = end;
  }
  if (position !== size) {
    throw headerError(source, `${size} bytes of data of which the tensors are only ${position}`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const entryError = (site: string, expected: string, received: string): WeightError =>
  new WeightError({ site, expected, received, remedy: 'The safetensors file is damaged' });

const headerError = (source: ByteSource, received: string, cause?: unknown): WeightError =>
  new WeightError({
    site: source.name,
    expected: 'a safetensors header',
    received,
    remedy: 'The file is truncated, damaged or no safetensors file',
    ...(cause === undefined ? {} : { cause }),
  });

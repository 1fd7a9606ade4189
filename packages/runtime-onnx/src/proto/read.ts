/**
 * @file Reads what stands around the graph of an ONNX file: names, versions and metadata. ONNX Runtime's
 * JavaScript API does not give them. The graph itself is passed over, so a large file is not read.
 */
import { RuntimeError } from '@slowfast/core';

/** Bytes by position: a file, or memory. */
export interface RandomAccess {
  /** What errors call it. */
  readonly name: string;
  readonly size: number;
  /** Bytes from `offset`, `length` of them unless the end comes first. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What stands around the graph. */
export interface OnnxFileInfo {
  readonly irVersion: number;
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes in memory as {@link RandomAccess}. */
export function inMemory(bytes: Uint8Array, name: string): RandomAccess {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Longest metadata entry that is read; preprocessing and some hundred labels take a few kilobytes. */
const LONGEST_ENTRY = 2 ** 20;
/** Entries around the graph: producer, versions, metadata. */
const MOST_FIELDS = 10_000;
/** Bytes that are read at a time to find entries. */
const WINDOW = 256;
/** Field number and length, each a varint of at most ten bytes. */
const LONGEST_HEADER = 20;

/** Reads producer and metadata; rejects with {@link RuntimeError} for bytes that are no ONNX model. */
export async function readFileInfo(source: RandomAccess): Promise<OnnxFileInfo> {
  const metadata: Record<string, string> = {};
  const producer = { name: '', version: '' };
  let irVersion = 0;
  let hasGraph = false;
  let offset = 0;
  let fields = 0;
  let window: { readonly start: number; readonly bytes: Uint8Array } | undefined;
  while (offset < source.size) {
    if (++fields > MOST_FIELDS) throw damaged(source.name, `more than ${MOST_FIELDS} entries`);
    if (
      !window ||
      offset < window.start ||
      offset + LONGEST_HEADER > window.start + window.bytes.length
    ) {
      window = { start: offset, bytes: await source.read(offset, WINDOW) };
    }
    const at = offset - window.start;
    const { field, value, delimited, next } = readField(window.bytes, source.name, at);
    offset += next - at;
    if (!delimited) {
      if (field === 1) irVersion = value;
      continue;
    }
    if (offset + value > source.size) throw damaged(source.name, 'one that ends too early');
    if (field === 7) hasGraph = true;
    if (field === 2 || field === 3 || field === 14) {
      if (value > LONGEST_ENTRY) throw damaged(source.name, `metadata of ${value} bytes`);
      const bytes = await source.read(offset, value);
      if (field === 2) producer.name = text(bytes);
      else if (field === 3) producer.version = text(bytes);
      else addEntry(metadata, bytes, source.name);
    }
    offset += value;
  }
  if (!hasGraph || irVersion === 0) throw damaged(source.name, 'bytes without a graph');
  return { irVersion, producer, metadata };
}

interface Field {
  readonly field: number;
  /** A number, or the length of what follows when `delimited`. */
  readonly value: number;
  readonly delimited: boolean;
  /** Where the header ends (and the contents start, when delimited). */
  readonly next: number;
}

function readField(bytes: Uint8Array, name: string, start = 0): Field {
  const key = readVarint(bytes, start, name);
  const [field, wire] = [Math.floor(key.value / 8), key.value % 8];
  if (field === 0) throw damaged(name, 'other bytes');
  if (wire === 5) return { field, value: 0, delimited: false, next: key.next + 4 };
  if (wire === 1) return { field, value: 0, delimited: false, next: key.next + 8 };
  if (wire !== 0 && wire !== 2) throw damaged(name, 'other bytes');
  const { value, next } = readVarint(bytes, key.next, name);
  return { field, value, delimited: wire === 2, next };
}

function readVarint(
  bytes: Uint8Array,
  start: number,
  name: string,
): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw damaged(name, 'one that ends too early');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: start + i + 1 };
  }
  throw damaged(name, 'other bytes');
}

function addEntry(metadata: Record<string, string>, bytes: Uint8Array, name: string): void {
  let [key, value] = ['', ''];
  for (let offset = 0; offset < bytes.byteLength;) {
    const field = readField(bytes, name, offset);
    offset = field.next;
    if (!field.delimited) continue;
    const content = text(bytes.subarray(offset, offset + field.value));
    if (field.field === 1) key = content;
    if (field.field === 2) value = content;
    offset += field.value;
  }
  // A plain assignment would take the key '__proto__' for the prototype.
  Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true });
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const damaged = (site: string, received: string): RuntimeError =>
  new RuntimeError({
    site,
    expected: 'an ONNX model',
    received,
    remedy: 'The file is truncated, damaged or of another kind; export it again',
  });

/**
 * @file How long a file says it is. Decoders take a cut file for a short one (ffmpeg exits 0 on it),
 * so that the container's own lengths are read here: RIFF chunks (AVI), boxes (MP4), EBML (Matroska).
 */
import { fileSource, type ByteSource } from '@slowfast/core';
import type { InputFile } from './input-file.js';

/** The bytes from a position, fewer at the end of the file. */
const bytesAt = async (file: ByteSource, position: number, length: number): Promise<DataView> => {
  const bytes = await file.read(position, Math.max(0, Math.min(length, file.size - position)));
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const textAt = (head: DataView, from: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => head.getUint8(from + i)));

/** End of the last RIFF chunk; recordings that were never finished say 0 and are taken as they are. */
async function riffEnd(file: ByteSource): Promise<number> {
  const { size } = file;
  let end = 0;
  while (end < size) {
    const head = await bytesAt(file, end, 8);
    if (head.byteLength < 8 || textAt(head, 0) !== 'RIFF') break;
    const length = head.getUint32(4, true);
    if (length === 0) return size;
    end += 8 + length;
  }
  return end;
}

/** End of the last top-level box; a length of 0 means up to the end of the file. */
async function boxesEnd(file: ByteSource): Promise<number> {
  const { size } = file;
  let end = 0;
  while (end < size) {
    const head = await bytesAt(file, end, 16);
    if (head.byteLength < 8 || !/^[\x20-\x7e]{4}$/.test(textAt(head, 4))) break;
    const short = head.getUint32(0);
    if (short === 0) return size;
    if (short === 1 && head.byteLength < 16) return end + 16;
    const length = short === 1 ? Number(head.getBigUint64(8)) : short;
    if (length < 8) break;
    end += length;
  }
  return end;
}

/** An EBML length at `at`: its value (unknown: infinite) and how many bytes it takes. */
function ebmlLength(head: DataView, at: number): { value: number; bytes: number } {
  const bytes = Math.clz32(at < head.byteLength ? head.getUint8(at) : 0) - 23;
  if (bytes > 8 || at + bytes > head.byteLength) return { value: Infinity, bytes: 1 };
  let value = head.getUint8(at) & (0xff >> bytes);
  let unknown = value === 0xff >> bytes;
  for (let i = at + 1; i < at + bytes; i++) {
    value = value * 256 + head.getUint8(i);
    unknown &&= head.getUint8(i) === 0xff;
  }
  return { value: unknown ? Infinity : value, bytes };
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;

/** An element of EBML; its end is infinite where it does not say. */
interface Element {
  readonly id: number;
  readonly from: number;
  readonly end: number;
}

async function elementAt(file: ByteSource, position: number): Promise<Element | undefined> {
  const head = await bytesAt(file, position, 12);
  const bytes = head.byteLength < 2 ? 5 : Math.clz32(head.getUint8(0)) - 23;
  if (bytes > 4 || bytes >= head.byteLength) return undefined;
  let id = 0;
  for (let i = 0; i < bytes; i++) id = id * 256 + head.getUint8(i);
  const length = ebmlLength(head, bytes);
  const from = position + bytes + length.bytes;
  return { id, from, end: from + length.value };
}

/** Those from a position on; at most so many, since nothing that is looked for stands far behind. */
async function* elements(file: ByteSource, from: number, end: number): AsyncGenerator<Element> {
  for (let [at, count] = [from, 0]; at < Math.min(end, file.size) && count < 64; count++) {
    const element = await elementAt(file, at);
    if (!element) return;
    yield element;
    at = element.end;
  }
}

/** The Segment that follows the EBML header. */
async function matroskaSegment(file: ByteSource): Promise<Element | undefined> {
  const header = await elementAt(file, 0);
  if (header?.id !== EBML) return undefined;
  const segment = await elementAt(file, header.end);
  return segment?.id === SEGMENT ? segment : undefined;
}

async function matroskaEnd(file: ByteSource): Promise<number> {
  const end = (await matroskaSegment(file))?.end ?? Infinity;
  return end === Infinity ? file.size : end;
}

/** Seconds that a Matroska or WebM file says it lasts; other containers have a number of frames, or nothing. */
async function matroskaSeconds(file: ByteSource): Promise<number | undefined> {
  const segment = await matroskaSegment(file);
  if (!segment) return undefined;
  for await (const { id, from, end } of elements(file, segment.from, segment.end)) {
    if (id !== INFO) continue;
    let [scale, duration] = [1_000_000, 0];
    for await (const field of elements(file, from, end)) {
      const data = await bytesAt(file, field.from, Math.min(8, field.end - field.from));
      const bytes = Array.from({ length: data.byteLength }, (_, i) => data.getUint8(i));
      if (field.id === TIMESTAMP_SCALE) scale = bytes.reduce((all, byte) => all * 256 + byte, 0);
      if (field.id !== DURATION) continue;
      if (data.byteLength === 4) duration = data.getFloat32(0);
      if (data.byteLength === 8) duration = data.getFloat64(0);
    }
    const seconds = (duration * scale) / 1e9;
    return seconds > 0 && seconds < Infinity ? seconds : undefined;
  }
  return undefined;
}

/** What a container says of its length. */
export interface DeclaredSize {
  /** Whether the file is shorter. Unknown containers are taken as complete. */
  readonly isCutShort: boolean;
  /** Seconds that a file which is cut short should last, if it says so. */
  readonly seconds?: number;
}

/** Reads what the container says of its length. */
export async function declaredSize(file: ByteSource): Promise<DeclaredSize> {
  const isCutShort = (await declaredEnd(file)) > file.size;
  const seconds = isCutShort ? await matroskaSeconds(file) : undefined;
  return { isCutShort, ...(seconds === undefined ? {} : { seconds }) };
}

async function declaredEnd(file: ByteSource): Promise<number> {
  const { size } = file;
  const head = await bytesAt(file, 0, 12);
  if (head.byteLength < 12) return size;
  if (textAt(head, 0) === 'RIFF') return riffEnd(file);
  if (head.getUint32(0) === EBML) return matroskaEnd(file);
  const boxes = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'styp', 'pnot'];
  return boxes.includes(textAt(head, 4)) ? boxesEnd(file) : size;
}

/** The same of a file of this machine. */
export async function declaredFileSize({ absolute }: InputFile): Promise<DeclaredSize> {
  const file = await fileSource(absolute);
  try {
    return await declaredSize(file);
  } finally {
    await file.close?.();
  }
}

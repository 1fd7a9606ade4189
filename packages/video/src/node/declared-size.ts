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

/** End of the Segment that follows the EBML header. */
async function matroskaEnd(file: ByteSource): Promise<number> {
  const { size } = file;
  const header = ebmlLength(await bytesAt(file, 4, 8), 0);
  const segmentAt = 4 + header.bytes + header.value;
  if (segmentAt >= size) return size;
  const head = await bytesAt(file, segmentAt, 12);
  if (head.byteLength < 12 || head.getUint32(0) !== 0x18538067) return size;
  const segment = ebmlLength(head, 4);
  return segment.value === Infinity ? size : segmentAt + 4 + segment.bytes + segment.value;
}

/** Whether a file is shorter than its container says. Unknown containers are taken as complete. */
export async function isCutShort(file: ByteSource): Promise<boolean> {
  const { size } = file;
  const head = await bytesAt(file, 0, 12);
  if (head.byteLength < 12) return false;
  if (textAt(head, 0) === 'RIFF') return (await riffEnd(file)) > size;
  if (head.getUint32(0) === 0x1a45dfa3) return (await matroskaEnd(file)) > size;
  const boxes = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'styp', 'pnot'];
  return boxes.includes(textAt(head, 4)) && (await boxesEnd(file)) > size;
}

/** The same of a file of this machine. */
export async function isFileCutShort({ absolute }: InputFile): Promise<boolean> {
  const file = await fileSource(absolute);
  try {
    return await isCutShort(file);
  } finally {
    await file.close?.();
  }
}

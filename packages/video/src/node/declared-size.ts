/**
 * @file How long a file says it is. Decoders take a cut file for a short one (ffmpeg exits 0 on it),
 * so that the container's own lengths are read here: RIFF chunks (AVI), boxes (MP4), EBML (Matroska).
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { InputFile } from './input-file.js';

const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

/** End of the last RIFF chunk; recordings that were never finished say 0 and are taken as they are. */
async function riffEnd(file: FileHandle, size: number): Promise<number> {
  let end = 0;
  while (end < size) {
    const head = await bytesAt(file, end, 8);
    if (head.length < 8 || head.toString('latin1', 0, 4) !== 'RIFF') break;
    const length = head.readUInt32LE(4);
    if (length === 0) return size;
    end += 8 + length;
  }
  return end;
}

/** End of the last top-level box; a length of 0 means up to the end of the file. */
async function boxesEnd(file: FileHandle, size: number): Promise<number> {
  let end = 0;
  while (end < size) {
    const head = await bytesAt(file, end, 16);
    if (head.length < 8 || !/^[\x20-\x7e]{4}$/.test(head.toString('latin1', 4, 8))) break;
    const short = head.readUInt32BE(0);
    if (short === 0) return size;
    if (short === 1 && head.length < 16) return end + 16;
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    if (length < 8) break;
    end += length;
  }
  return end;
}

/** An EBML length at `at`: its value (unknown: infinite) and how many bytes it takes. */
function ebmlLength(head: Buffer, at: number): { value: number; bytes: number } {
  const bytes = Math.clz32(head[at] ?? 0) - 23;
  if (bytes > 8 || at + bytes > head.length) return { value: Infinity, bytes: 1 };
  let value = (head[at] as number) & (0xff >> bytes);
  let unknown = value === 0xff >> bytes;
  for (let i = at + 1; i < at + bytes; i++) {
    value = value * 256 + (head[i] as number);
    unknown &&= head[i] === 0xff;
  }
  return { value: unknown ? Infinity : value, bytes };
}

/** End of the Segment that follows the EBML header. */
async function matroskaEnd(file: FileHandle, size: number): Promise<number> {
  const header = ebmlLength(await bytesAt(file, 4, 8), 0);
  const segmentAt = 4 + header.bytes + header.value;
  if (segmentAt >= size) return size;
  const head = await bytesAt(file, segmentAt, 12);
  if (head.length < 12 || head.readUInt32BE(0) !== 0x18538067) return size;
  const segment = ebmlLength(head, 4);
  return segment.value === Infinity ? size : segmentAt + 4 + segment.bytes + segment.value;
}

/** Whether the file is shorter than its container says. Unknown containers are taken as complete. */
export async function isCutShort({ absolute, size }: InputFile): Promise<boolean> {
  const file = await open(absolute, 'r');
  try {
    const head = await bytesAt(file, 0, 12);
    if (head.length < 12) return false;
    if (head.toString('latin1', 0, 4) === 'RIFF') return (await riffEnd(file, size)) > size;
    if (head.readUInt32BE(0) === 0x1a45dfa3) return (await matroskaEnd(file, size)) > size;
    const kind = head.toString('latin1', 4, 8);
    const boxes = ['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'styp', 'pnot'];
    return boxes.includes(kind) && (await boxesEnd(file, size)) > size;
  } finally {
    await file.close();
  }
}

/**
 * @file Reads zip archives by their central directory, as far as torch writes them: stored entries (and
 * deflated ones, for archives packed again), 64-bit sizes. Entry names are only looked up, never used as
 * paths.
 */
import type { ByteSource } from '@slowfast/core';
import { WeightError, bytesSource, sourceRange } from '@slowfast/core';

const MAX_ENTRIES = 200_000;
const MAX_DIRECTORY = 64 << 20;
/** Beyond 16 MiB all entries may inflate to this many times the archive's size: weights hardly shrink at all. */
const MAX_RATIO = 16;
const ALWAYS_INFLATED = 16 << 20;

/** One file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** Bytes that it takes in the archive. */
  readonly packed: number;
  /** Opens its contents; inflates them when they are deflated. */
  open(): Promise<ByteSource>;
}

interface DirectoryEntry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly start: number;
  /** Settles when all bytes of a stored entry were compared with its checksum. */
  checked?: Promise<void>;
}

/**
 * The entries of an archive by name. Rejects with {@link WeightError} for an archive that is truncated,
 * whose entries overlap or repeat, that is encrypted or split, or that would inflate to an implausible size.
 */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(source);
  const bytes = await source.read(directory.offset, directory.length);
  const entries = parseDirectory(source, bytes, directory.count);
  checkOverlap(source, entries, directory.offset);
  const byName = new Map<string, ZipEntry>();
  let inflated = 0;
  for (const entry of entries) {
    if (byName.has(entry.name))
      throw zipError(source, 'one entry of each name', `'${entry.name}' twice`);
    checkEntry(source, entry);
    if (entry.method === 8) inflated += entry.size;
    byName.set(entry.name, {
      name: entry.name,
      size: entry.size,
      packed: entry.packed,
      open: () => openEntry(source, entry, directory.offset),
    });
  }
  const most = Math.max(ALWAYS_INFLATED, MAX_RATIO * source.size);
  if (inflated > most) {
    throw zipError(source, `entries that inflate to at most ${most} bytes`, `${inflated} bytes`);
  }
  return byName;
}

const zipError = (
  source: ByteSource,
  expected: string,
  received: string,
  remedy?: string,
): WeightError =>
  new WeightError({
    site: source.name,
    expected,
    received,
    remedy: remedy ?? 'The archive is damaged or hostile',
  });

interface Directory {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const tailStart = Math.max(0, source.size - 22 - 0xffff);
  const tail = await source.read(tailStart, source.size - tailStart);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = tail.length - 22;
  while (
    at >= 0 &&
    !(
      view.getUint32(at, true) === 0x06054b50 &&
      at + 22 + view.getUint16(at + 20, true) === tail.length
    )
  ) {
    at--;
  }
  if (at < 0) {
    throw zipError(
      source,
      'a zip archive that ends with its directory',
      'an archive whose end is missing',
      'The file is truncated; fetch it again',
    );
  }
  const wide = await findWideDirectory(source, tailStart + at);
  const directory = wide ?? {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  if (!wide && view.getUint32(at + 4, true) !== 0)
    throw zipError(source, 'one file', 'a part of a split archive');
  const { offset, length, count } = directory;
  const fits = offset + length <= tailStart + at && length <= MAX_DIRECTORY && count * 46 <= length;
  if (!fits || count > MAX_ENTRIES) {
    throw zipError(
      source,
      'a directory within the archive',
      `${count} entries in ${length} bytes at ${offset}`,
    );
  }
  return directory;
}

/** The zip64 directory, when its locator stands before the end record. */
async function findWideDirectory(source: ByteSource, end: number): Promise<Directory | undefined> {
  if (end < 20) return undefined;
  const locator = dataView(await source.read(end - 20, 20));
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  if (at + 56 > end) throw zipError(source, 'a zip64 directory within the archive', `offset ${at}`);
  const record = dataView(await source.read(at, 56));
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw zipError(source, 'a zip64 directory record', 'other bytes');
  }
  return {
    count: Number(record.getBigUint64(32, true)),
    length: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

function parseDirectory(source: ByteSource, bytes: Uint8Array, count: number): DirectoryEntry[] {
  const view = dataView(bytes);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw zipError(source, `${count} directory entries`, `${i}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) throw zipError(source, `${count} directory entries`, `${i}`);
    const nameEnd = at + 46 + nameLength;
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, nameEnd)),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      crc: view.getUint32(at + 16, true),
      ...sizesOf(view, at, bytes.subarray(nameEnd, nameEnd + extraLength)),
    });
    at = next;
  }
  return entries;
}

/** Sizes and position, from the zip64 field where the 32-bit ones are full. */
function sizesOf(
  view: DataView,
  at: number,
  extra: Uint8Array,
): Pick<DirectoryEntry, 'packed' | 'size' | 'start'> {
  const wide = wideFields(extra);
  const read = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    return value === 0xffffffff ? (wide.shift() ?? value) : value;
  };
  const size = read(24);
  const packed = read(20);
  return { size, packed, start: read(42) };
}

function wideFields(extra: Uint8Array): number[] {
  const view = dataView(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const length = view.getUint16(at + 2, true);
    const end = Math.min(at + 4 + length, extra.length);
    if (view.getUint16(at, true) === 1) {
      const fields: number[] = [];
      for (let field = at + 4; field + 8 <= end; field += 8) {
        fields.push(Number(view.getBigUint64(field, true)));
      }
      return fields;
    }
    at += 4 + length;
  }
  return [];
}

/** Entries that share bytes make a small archive inflate without end. */
function checkOverlap(source: ByteSource, entries: readonly DirectoryEntry[], end: number): void {
  const sorted = [...entries].sort((a, b) => a.start - b.start);
  sorted.forEach((entry, i) => {
    const next = sorted[i + 1]?.start ?? end;
    if (entry.start + 30 + entry.packed > next) {
      throw zipError(
        source,
        'entries that do not overlap',
        `'${entry.name}', which runs into the next`,
      );
    }
  });
}

function checkEntry(source: ByteSource, entry: DirectoryEntry): void {
  const { name, method, packed, size, encrypted } = entry;
  if (encrypted) throw zipError(source, 'an archive without encryption', `'${name}' encrypted`);
  if (method !== 0 && method !== 8) {
    throw zipError(source, 'stored or deflated entries', `'${name}' packed by method ${method}`);
  }
  if (method === 0 && packed !== size) {
    throw zipError(
      source,
      'stored entries of their packed size',
      `'${name}' of ${size} in ${packed} bytes`,
    );
  }
}

async function openEntry(
  source: ByteSource,
  entry: DirectoryEntry,
  end: number,
): Promise<ByteSource> {
  const local = dataView(await source.read(entry.start, 30));
  const start = entry.start + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (local.getUint32(0, true) !== 0x04034b50 || start + entry.packed > end) {
    throw zipError(source, `the contents of '${entry.name}' at byte ${entry.start}`, 'other bytes');
  }
  const packed = sourceRange(source, start, entry.packed);
  if (entry.method === 0) return checkedRange(source, packed, entry);
  return bytesSource(await inflate(source, await packed.read(0, entry.packed), entry), source.name);
}

/** Bytes of a stored entry that are read at a time to check them. */
const CHUNK = 1 << 20;

/** A stored entry whose checksum is checked before any of its bytes are given. */
function checkedRange(source: ByteSource, range: ByteSource, entry: DirectoryEntry): ByteSource {
  const check = (crc: number): void => {
    if (crc === entry.crc) return;
    throw zipError(
      source,
      `'${entry.name}' to have the checksum that the archive says`,
      'other bytes',
      'The file is damaged; fetch it again (or save it again, if torch wrote it without checksums)',
    );
  };
  const whole = async (): Promise<void> => {
    let crc = 0;
    for (let at = 0; at < range.size; at += CHUNK) {
      crc = crc32(await range.read(at, Math.min(CHUNK, range.size - at)), crc);
    }
    check(crc);
  };
  return {
    ...range,
    read: async (offset, length) => {
      if (offset !== 0 || length !== range.size) {
        entry.checked ??= whole();
        await entry.checked;
        return range.read(offset, length);
      }
      const bytes = await range.read(offset, length);
      check(crc32(bytes));
      return bytes;
    },
  };
}

async function inflate(
  source: ByteSource,
  packed: Uint8Array,
  entry: DirectoryEntry,
): Promise<Uint8Array> {
  const wrong = (received: string): WeightError =>
    zipError(source, `'${entry.name}' to inflate to ${entry.size} bytes`, received);
  const out = new Uint8Array(entry.size);
  const stream = new Blob([new Uint8Array(packed)])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > entry.size) throw wrong('more');
      out.set(value, length);
      length += value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    throw cause instanceof WeightError ? cause : wrong('damaged data');
  }
  if (length !== entry.size) throw wrong(`${length}`);
  if (crc32(out) !== entry.crc) throw wrong('bytes with another checksum');
  return out;
}

let crcTable: Uint32Array | undefined;

/** The checksum of zip archives; `before` is that of the bytes before these. */
export function crc32(bytes: Uint8Array, before = 0): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c >>> 0;
  });
  let crc = before ^ 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

const dataView = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

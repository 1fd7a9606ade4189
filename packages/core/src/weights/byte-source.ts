/**
 * @file Bytes by position. Weight files are read through this interface, a range at a time, so that the
 * same reader works on a file, on memory and on what a browser's file picker returns.
 */
import { checkArguments } from '../arguments.js';
import { WeightError } from '../errors.js';

/** Bytes that can be read at any position. */
export interface ByteSource {
  /** The number of bytes. */
  readonly size: number;
  /** What error messages call the source: a file's name. */
  readonly name: string;
  /**
   * Of a file: a text that is another once the file is changed or another is in its place. None where that could not be
   * told, as of a file that was changed this moment.
   */
  readonly version?: string;
  /**
   * Bytes `[offset, offset + length)`; the caller must not write to them. Rejects with
   * {@link WeightError} when the range leaves the source.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Releases what the source holds open. */
  close?(): Promise<void>;
}

/** Where bytes are written, one chunk after another. */
export interface ByteSink {
  /** Takes the next bytes; the caller may reuse the chunk once the promise is settled. */
  write(chunk: Uint8Array): Promise<void>;
}

/** The part of the web's Blob (and File) that {@link blobSource} reads. */
export interface BlobLike {
  readonly size: number;
  readonly name?: string;
  /** The bytes from `start` to before `end`, not read yet. */
  slice(start: number, end: number): BlobPart;
}

/** A part of a {@link BlobLike}. */
export interface BlobPart {
  /** Reads the bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A source over bytes in memory; they are not copied. */
export function bytesSource(bytes: Uint8Array, name = 'weights'): ByteSource {
  checkArguments('bytesSource', { bytes: [bytes, 'bytes'] });

  return {
    size: bytes.byteLength,
    name,
    read: async (offset, length) => {
      checkRange(name, bytes.byteLength, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A source over a Blob or File of the browser, read on demand. */
export function blobSource(blob: BlobLike, ownName?: string): ByteSource {
  checkArguments('blobSource', { blob: [blob, 'object'] });
  const name = ownName ?? blob.name ?? 'weights';

  return {
    size: blob.size,
    name,
    read: async (offset, length) => {
      checkRange(name, blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/** The bytes `[offset, offset + size)` of a source, as a source; throws {@link WeightError} when they are not in it. */
export function sourceRange(source: ByteSource, offset: number, size: number): ByteSource {
  checkArguments('sourceRange', { source: [source, 'source'] });

  checkRange(source.name, source.size, offset, size);
  return {
    size,
    name: source.name,
    read: async (at, length) => {
      checkRange(source.name, size, at, length);
      return source.read(offset + at, length);
    },
  };
}

/** Throws {@link WeightError} unless `[offset, offset + length)` lies within `size` bytes. */
export function checkRange(site: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new WeightError({
    site,
    expected: `${length} bytes at offset ${offset}`,
    received: `${size} bytes in all`,
    remedy: 'The file is truncated or damaged; fetch it again',
  });
}

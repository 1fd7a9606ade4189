/**
 * @file Files of Node as sources of bytes and text. It loads `node:fs` when a function is called, so that the
 * package can be imported in a browser.
 */
import { checkArguments } from '../arguments.js';
import { SpecError, WeightError, type ErrorDetails } from '../errors.js';
import { checkRange, type ByteSource } from '../weights/byte-source.js';
import { fileSystem, kindOf } from './file-system.js';

/**
 * Opens a file for reading by position; rejects with {@link WeightError} when it cannot be opened, and for what
 * is no regular file: a FIFO would wait for its writer, deaf to everything. Close it after use.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  checkArguments('fileSource', { path: [path, 'string'] });

  return openSource(path, (details) => new WeightError(details));
}

/** Milliseconds: file systems have times of two seconds at the coarsest. */
const CLOCK_TICK = 2000;

/** What {@link fileText} may be told. */
export interface FileTextOptions {
  /** What an error calls the place; the path by default. */
  readonly site?: string;
  /** What an error says that would have been right. */
  readonly expected?: string;
  /** The most bytes that are read; 64 MiB by default. */
  readonly limit?: number;
}

/** A whole text file, without a byte order mark; rejects with {@link SpecError} for a path that is none, or one too long. */
export async function fileText(path: string, options: FileTextOptions = {}): Promise<string> {
  checkArguments('fileText', { path: [path, 'string'], options: [options, 'object'] });
  const { site = path, expected = 'a text file that can be read', limit = 64 * 2 ** 20 } = options;
  const wrong = (received: string, cause?: unknown): SpecError =>
    new SpecError({
      site,
      expected,
      received: site === path ? received : `'${path}' (${received})`,
      cause,
    });
  const source = await openSource(path, ({ received, cause }) => wrong(received, cause));
  try {
    if (source.size > limit) throw wrong(`${source.size} bytes, more than ${limit}`);
    const bytes = await source.read(0, source.size);
    // Text of Windows tools is often UTF-16, which begins with one of these marks.
    const marked = bytes[0]! + bytes[1]! === 0xfe + 0xff;
    const binary = marked ? -1 : bytes.indexOf(0);
    if (binary >= 0) throw wrong(`binary data in line ${lineOf(bytes, binary)}`);
    const encoding = !marked ? 'utf-8' : bytes[0] === 0xff ? 'utf-16le' : 'utf-16be';
    return new TextDecoder(encoding).decode(bytes);
  } finally {
    await source.close?.();
  }
}

function lineOf(bytes: Uint8Array, position: number): number {
  return bytes.subarray(0, position).reduce((line, byte) => line + Number(byte === 10), 1);
}

async function openSource(
  path: string,
  error: (details: ErrorDetails) => Error,
): Promise<ByteSource> {
  const { constants, open } = await fileSystem();
  const refusal = (received: string, cause?: unknown): Error =>
    error({ site: path, expected: 'a file that can be read', received, cause });
  // Opening a FIFO waits for a writer unless told otherwise; Windows has no such flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((cause: NodeJS.ErrnoException) => {
    const nowhere = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw refusal(nowhere ? 'a path where nothing is' : cause.message, cause);
  });
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) {
    await handle.close();
    throw refusal(kindOf(stat));
  }
  const size = Number(stat.size);
  // Two changes within one tick of the clock have one time.
  const isSettled = Date.now() - Number(stat.ctimeMs) > CLOCK_TICK;
  const { dev, ino, mtimeNs, ctimeNs } = stat;
  return {
    size,
    name: path,
    ...(isSettled ? { version: [dev, ino, size, mtimeNs, ctimeNs].join(':') } : {}),
    read: async (offset, length) => {
      checkRange(path, size, offset, length);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) checkRange(path, offset + done, offset, length);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/**
 * @file Files of Node as sources and sinks. The only module here that needs Node; it loads `node:fs` when a
 * function is called, so that the package can be imported in a browser.
 */
import { WeightError } from '../errors.js';
import { checkRange, type ByteSink, type ByteSource } from '../weights/byte-source.js';

/** Opens a file for reading by position; rejects with {@link WeightError} when it cannot be opened. Close it after use. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { open } = await import('node:fs/promises');
  const handle = await open(path, 'r').catch((cause: Error) => {
    throw fileError(path, 'a file that can be read', cause);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw fileError(path, 'a file that can be read', new Error('a folder or device'));
  }
  const { size } = stat;
  return {
    size,
    name: path,
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

/**
 * Writes a file through a temporary one beside it, which takes its place only when everything is written
 * and on disk; after an error or an abort it is deleted and what was there before stays. Rejects with what
 * `write` rejects with, with the signal's reason, or with {@link WeightError} when the file cannot be made.
 */
export async function writeFileAtomic(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const { open, rename, rm } = await import('node:fs/promises');
  const temporary = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`;
  const handle = await open(temporary, 'wx').catch((cause: Error) => {
    throw fileError(path, 'a place where a file can be written', cause);
  });
  try {
    try {
      await write({
        write: async (chunk) => {
          signal?.throwIfAborted();
          await handle.writeFile(chunk);
        },
      });
      signal?.throwIfAborted();
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const fileError = (site: string, expected: string, cause: Error): WeightError =>
  new WeightError({ site, expected, received: cause.message, cause });

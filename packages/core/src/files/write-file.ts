/**
 * @file The one writer of files: there whole or not at all. It loads `node:fs` when a function is called, so that
 * the package can be imported in a browser.
 */
import { checkArguments } from '../arguments.js';
import { FileError } from '../errors.js';
import type { ByteSink } from '../weights/byte-source.js';
import { fileSystem, type FileKind, type FileSystem } from './file-system.js';

/** What is told of a temporary file: that it is there, or no longer. */
export type TemporaryFileListener = (path: string, isThere: boolean) => void;

let listener: TemporaryFileListener | undefined;

/**
 * Has a program told of every file that is being written, so that it can remove what is unfinished when it has to end
 * at once. One listener a thread; `undefined` for none.
 */
export const watchTemporaryFiles = (next: TemporaryFileListener | undefined): void => {
  listener = next;
};

type FileHandle = Awaited<ReturnType<FileSystem['open']>>;

/** The ending of a file that is being written: what a crash leaves behind has it. */
export const UNFINISHED = /\.[0-9a-f]{8}\.tmp$/;

/**
 * Writes a file through a temporary one beside it, which takes its place only when everything is written
 * and on disk; after an error or an abort it is deleted and what was there before stays. A link's target is
 * replaced, not the link; a device or FIFO is written to as it is (a FIFO waits for its reader). Rejects with what
 * `write` rejects with, with the signal's reason, or with {@link FileError}, which says which file and why.
 */
export async function writeFileAtomic(
  path: string,
  write: (sink: ByteSink) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  checkArguments('writeFileAtomic', {
    path: [path, 'string'],
    write: [write, 'function'],
    signal: [signal, 'object?'],
  });

  await replaceFile(path, async (target, { mode, stream }) => {
    const handle = stream
      ? await opened(path, target, signal)
      : await named(path, (fs) => fs.open(target, 'wx', mode));
    try {
      await write({
        write: async (chunk) => {
          signal?.throwIfAborted();
          await named(path, () =>
            stream ? streamed(handle, chunk, signal) : handle.writeFile(chunk),
          );
        },
      });
      signal?.throwIfAborted();
      if (!stream) await named(path, () => handle.sync());
    } finally {
      await handle.close();
    }
  });
}

/** Writes text as {@link writeFileAtomic} does. */
export async function writeTextAtomic(
  path: string,
  text: string,
  signal?: AbortSignal,
): Promise<void> {
  checkArguments('writeTextAtomic', {
    path: [path, 'string'],
    text: [text, 'string'],
    signal: [signal, 'object?'],
  });

  await writeFileAtomic(path, (sink) => sink.write(new TextEncoder().encode(text)), signal);
}

/** Adds text to a file, which is made if need be; rejects with {@link FileError}. */
export async function appendText(path: string, text: string): Promise<void> {
  await named(path, (fs) => fs.appendFile(path, text));
}

/** What a replacement is told about the place that it writes to. */
export interface ReplacementPlace {
  /** The permissions of the file that is replaced, or those of a new one. */
  readonly mode: number;
  /** Whether it is a device, FIFO or socket, which is there already and written to as it is. */
  readonly stream: boolean;
}

/**
 * Replaces a file by what `write` puts at the path that it is given: for libraries that open files themselves.
 * Rules and errors are those of {@link writeFileAtomic}.
 */
export async function replaceFile(
  path: string,
  write: (target: string, place: ReplacementPlace) => Promise<void>,
): Promise<void> {
  checkArguments('replaceFile', { path: [path, 'string'], write: [write, 'function'] });

  const stat = await statOf(path);
  if (stat?.isDirectory()) throw fileError(path, 'a folder');
  if (stat && !stat.isFile()) return write(path, { mode: stat.mode & 0o777, stream: true });
  const target = await followed(path);
  const { basename, dirname, join } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:path'
  );
  const random = globalThis.crypto.randomUUID().slice(0, 8);
  // Not the whole of a long name: a name has at most 255 bytes.
  const temporary = join(dirname(target), `${basename(target).slice(0, 60)}.${random}.tmp`);
  listener?.(temporary, true);
  try {
    await write(temporary, { mode: stat ? stat.mode & 0o777 : 0o666, stream: false });
    await named(path, (fs) => fs.rename(temporary, target));
  } catch (error) {
    // What went wrong first is what the caller has to hear.
    await named(path, (fs) => fs.rm(temporary, { force: true })).catch(() => undefined);
    throw error;
  } finally {
    listener?.(temporary, false);
  }
}

const statOf = (path: string): Promise<FileKind | undefined> =>
  named(path, (fs) => fs.stat(path)).catch((error: FileError) => {
    if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });

/** Where a path leads, its links followed, also where nothing is there yet. */
async function followed(path: string, links = 0): Promise<string> {
  const { dirname, resolve } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:path'
  );
  const next = await named(path, (fs) => fs.readlink(path)).catch(() => undefined);
  if (next === undefined) return path;
  if (links === 40) throw fileError(path, 'a circle of links');
  const folder = await named(path, (fs) => fs.realpath(dirname(path)));
  return followed(resolve(folder, next), links + 1);
}

/** Opens a stream without waiting inside of the system, where an abort would not be heard. */
async function opened(path: string, target: string, signal?: AbortSignal): Promise<FileHandle> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await named(path, (fs) =>
        fs.open(target, fs.constants.O_WRONLY | (fs.constants.O_NONBLOCK ?? 0)),
      );
    } catch (error) {
      const { code } = (error as FileError).cause as NodeJS.ErrnoException;
      if (code !== 'ENXIO' || !(await statOf(path))?.isFIFO()) throw error;
      await delay(20);
    }
  }
}

async function streamed(
  handle: FileHandle,
  chunk: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    try {
      done += (await handle.write(chunk, done)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      signal?.throwIfAborted();
      await delay(1);
    }
  }
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Does something with a file, whose name an error of the system is given. */
async function named<T>(path: string, act: (fs: FileSystem) => Promise<T>): Promise<T> {
  const fs = await fileSystem();
  try {
    return await act(fs);
  } catch (error) {
    // By its code, not by its class: an error of Node may come from another realm.
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw fileError(path, message, error);
  }
}

const fileError = (path: string, received: string, cause?: unknown): FileError =>
  new FileError({ site: path, expected: 'a place where a file can be written', received, cause });

/** @file One video or many: how functions of the front door take them and give results. */
import { SpecError } from '@slowfast/core';
import { isMediaError } from '../media-error.js';
import { inOrder } from './in-order.js';

/** A video file: its path, or a `file:` URL. */
export type VideoFile = string | URL;

/** Many videos. */
export type VideoFiles = Iterable<VideoFile> | AsyncIterable<VideoFile>;

/**
 * Results in the order of the files: one after another by `for await`, or all of them by `await`. Nothing is begun before
 * one of both; each `for await` begins anew.
 */
export type Results<T> = AsyncIterable<T> & PromiseLike<readonly T[]>;

/** How many files are gone through. */
export interface FilesOptions {
  /**
   * Called with the error of a video that cannot be used, which is then left out. Without it the error is thrown in that
   * video's turn, and nothing is begun after it.
   */
  readonly onError?: (error: Error, file: string) => void;
}

/** Whether these are many files, not one. */
export const isMany = (files: unknown): files is VideoFiles =>
  typeof files === 'object' &&
  files !== null &&
  (Symbol.iterator in files || Symbol.asyncIterator in files);

/** The path of a file; throws {@link SpecError} for what is none. */
export async function pathOf(file: VideoFile): Promise<string> {
  if (typeof file === 'string') return file;
  if (file instanceof URL && file.protocol === 'file:') {
    return (await import('node:url')).fileURLToPath(file);
  }
  throw new SpecError({
    site: 'file',
    expected: 'the path of a video, or a file: URL',
    received: file instanceof URL ? file.href : file === null ? 'null' : typeof file,
  });
}

/** Does `work` for each file, at most `limit` at once. */
export function resultsOf<T>(
  files: VideoFiles,
  limit: number,
  work: (path: string) => Promise<T>,
  { onError }: FilesOptions,
): Results<T> {
  const one = async (file: VideoFile): Promise<readonly T[]> => {
    const path = await pathOf(file);
    try {
      return [await work(path)];
    } catch (error) {
      if (!onError || !isMediaError(error)) throw error;
      onError(error, path);
      return [];
    }
  };
  async function* iterate(): AsyncGenerator<T, void, undefined> {
    for await (const results of inOrder(files, limit, one)) yield* results;
  }
  const all = async (): Promise<readonly T[]> => {
    const results: T[] = [];
    for await (const result of iterate()) results.push(result);
    return results;
  };
  return {
    [Symbol.asyncIterator]: iterate,
    // What makes it possible to await them all.
    then: (fulfilled, rejected) => all().then(fulfilled, rejected),
  };
}

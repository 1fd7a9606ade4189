/** @file One video or many: how functions of the front door take them and give results. */
import { isMediaError, isNode, SpecError } from '@slowfast/core';
import {
  openVideo,
  type OpenOptions,
  type Video,
  type PictureSequence,
  type VideoInput as StoredVideo,
} from '@slowfast/video';
import { inOrder } from './in-order.js';

/**
 * A video: its path or a `file:` URL (in a page: a File, a Blob, or a URL), or one that is open already, which stays
 * open.
 */
export type VideoFile = StoredVideo | Video;

/** A video that can be opened here, or that is open. */
export type VideoInput = StoredVideo | Video;

/** Many of what can be given alone. */
export type Many<F> = Iterable<F> | AsyncIterable<F>;

/** Many videos. */
export type VideoFiles = Many<VideoFile>;

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
const isMany = <F>(files: F | Many<F>): files is Many<F> =>
  typeof files === 'object' &&
  files !== null &&
  (Symbol.iterator in files || Symbol.asyncIterator in files);

const isOpen = (file: VideoInput): file is Video =>
  typeof file === 'object' && file !== null && 'timeline' in file;

const isPictures = (file: VideoInput): file is PictureSequence =>
  typeof file === 'object' && file !== null && 'pictures' in file;

/** A path for a `file:` URL; throws {@link SpecError} for what is no video here. */
async function videoInput(file: VideoFile): Promise<VideoInput> {
  if (typeof file === 'string' || isOpen(file) || isPictures(file)) return file;
  if (!isNode() && (file instanceof URL || file instanceof Blob)) return file;
  if (file instanceof URL && file.protocol === 'file:') {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:url')).fileURLToPath(
      file,
    );
  }
  throw new SpecError({
    site: 'file',
    expected: isNode()
      ? 'the path of a video, a file: URL, or an open video'
      : 'a File, a Blob, a URL, or an open video',
    received: file instanceof URL ? file.href : file === null ? 'null' : typeof file,
  });
}

/** What a video is called: its path, name or URL. */
export function pathOf(input: VideoInput): string {
  if (typeof input === 'string') return input;
  if (isOpen(input) || isPictures(input)) return input.path;
  if (input instanceof URL) return input.href;
  return 'name' in input && typeof input.name === 'string' ? input.name : 'blob';
}

/** Opens a video unless it is; only what is opened here is closed with it. */
export async function opened(
  input: VideoInput,
  options: OpenOptions,
): Promise<AsyncDisposable & { readonly video: Video }> {
  const isCallers = isOpen(input);
  const video = isCallers ? input : await openVideo(input, options);
  return {
    video,
    [Symbol.asyncDispose]: async () => (isCallers ? undefined : video.close()),
  };
}

/** Does `work` for each file, at most `limit` at once. */
function resultsOf<T, F>(
  files: Many<F>,
  limit: number,
  work: (file: F) => Promise<T>,
  { onError }: FilesOptions,
): Results<T> {
  const one = async (file: F): Promise<readonly T[]> => {
    try {
      return [await work(file)];
    } catch (error) {
      if (!onError || !isMediaError(error)) throw error;
      onError(error, pathOf(file as VideoInput));
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

/** A function of one file, whose result it gives, or of many, whose results come in their order. */
export interface FilesFunction<T, O, F = VideoFile> {
  (file: F, options?: O): Promise<T>;
  (files: Many<F>, options?: O & FilesOptions): Results<T>;
}

/** How many files are worked on at once, and the runs of the model that each asks for; default: one after another. */
type Share = (files: number) => { readonly videos: number; readonly parallel?: number };

/**
 * Makes a function of one file or of many out of what is done for one; many whose number is not known count as Infinity.
 * With `others`, what it says yes to is given to it in place of a video.
 */
export function filesFunction<T, O extends object, E = never>(
  work: (input: VideoInput, options: O, parallel?: number) => Promise<T>,
  share: Share = () => ({ videos: 1 }),
  others?: {
    readonly is: (file: unknown) => file is E;
    readonly work: (file: E, options: O) => Promise<T>;
  },
): FilesFunction<T, O, VideoFile | E> {
  const one = async (file: VideoFile | E, options: O, parallel?: number): Promise<T> =>
    others?.is(file)
      ? others.work(file, options)
      : work(await videoInput(file as VideoFile), options, parallel);
  const call = (
    files: VideoFile | E | Many<VideoFile | E>,
    options = {} as O & FilesOptions,
  ): Promise<T> | Results<T> => {
    if (!isMany<VideoFile | E>(files)) return one(files, options);
    const { videos, parallel } = share(Array.isArray(files) ? files.length : Infinity);
    return resultsOf(files, videos, (file) => one(file, options, parallel), options);
  };
  return call as FilesFunction<T, O, VideoFile | E>;
}

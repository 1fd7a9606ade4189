/** @file The file behind a path: checked before any decoder sees it. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MediaError } from '@slowfast/core';

/** A regular, non-empty file. */
export interface InputFile {
  /** The path as it was given, for messages. */
  readonly path: string;
  /**
   * What decoders are given: absolute and with `file:` before it, so that neither a leading dash nor
   * something like `http://` can be taken for an option or a network address.
   */
  readonly url: string;
  readonly absolute: string;
  readonly size: number;
}

const REMEDY = 'Give the path of a video file on this machine';

/**
 * Checks a path.
 *
 * @throws MediaError if it is missing, unreadable, not a regular file, or empty.
 */
export async function inputFile(path: string): Promise<InputFile> {
  const absolute = resolve(path);
  const stats = await stat(absolute).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw new MediaError({
      site: path,
      expected: 'a video file',
      received: missing ? 'a path where no file is' : `an unreadable path (${cause.code})`,
      remedy: REMEDY,
      cause,
    });
  });
  if (!stats.isFile()) {
    throw new MediaError({
      site: path,
      expected: 'a video file',
      received: stats.isDirectory() ? 'a directory' : 'a device, pipe or socket',
      remedy: REMEDY,
    });
  }
  if (stats.size === 0) {
    throw new MediaError({
      site: path,
      expected: 'a video file',
      received: 'an empty file',
      remedy: 'Copy or download the file again',
    });
  }
  return { path, url: `file:${absolute}`, absolute, size: stats.size };
}

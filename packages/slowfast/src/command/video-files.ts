/** @file The videos that a command line names: files as they are, folders searched. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { MediaError } from '@slowfast/core';

// Not .ts and .mts: in most folders they are TypeScript. Such a video can be named as a file.
const EXTENSIONS = new Set(
  'mp4 m4v mov mkv webm avi mpg mpeg m2ts wmv flv 3gp ogv'.split(' ').map((name) => `.${name}`),
);

/**
 * Paths in the order given, each folder replaced by the videos anywhere below it, sorted by name. A
 * path that does not exist stays, to be reported beside the results of the others.
 *
 * Throws {@link MediaError} for a folder without videos.
 */
export async function videoFiles(paths: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(paths.map(expand));
  return lists.flat();
}

async function expand(path: string): Promise<readonly string[]> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry?.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const videos = entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (videos.length > 0) return videos;
  throw new MediaError({
    site: path,
    expected: `a folder with videos (${[...EXTENSIONS].join(' ')})`,
    received: `${entries.length} entries, none of them a video`,
  });
}

/** @file Videos that lists call by their names without extensions. */
import { basename, extname } from 'node:path';
import { SpecError } from '@slowfast/core';
import { videoFiles } from './video-files.js';

/** The files in a folder by the names that `whose` has. Throws {@link SpecError} where one is missing. */
export async function namedVideos(
  folder: string,
  names: Iterable<string>,
  whose: string,
  onNote?: (text: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const uniqueNames = [...new Set(names)];
  const videos = await videoFiles([folder], onNote);
  const files = new Map(videos.map((path) => [basename(path, extname(path)), path]));
  const missing = uniqueNames.filter((name) => !files.has(name));
  if (missing.length === 0) return files;
  throw new SpecError({
    site: `videos ${folder}`,
    expected: `the ${uniqueNames.length} videos that ${whose}`,
    received: `a folder without ${missing.slice(0, 3).join(', ')}`,
  });
}

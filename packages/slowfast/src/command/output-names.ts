/** @file What files written for videos are called. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';

/**
 * Names without extensions for the files of videos, all different: those of a folder that was named keep the folders
 * below it. Where that gives two the same name, all are told apart by the folders below the nearest that they share,
 * and then by their extensions.
 */
export async function outputNames(
  paths: readonly string[],
  files: readonly string[],
): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isDirectory()) folders.push(resolve(path));
  }
  const within = (file: string): string | undefined =>
    folders.find((folder) => resolve(file).startsWith(folder === sep ? sep : folder + sep));
  const shared = sharedFolder(files);
  const candidates = [
    files.map((file) => relative(within(file) ?? dirname(resolve(file)), resolve(file))),
    files.map((file) => relative(shared, resolve(file))),
  ];
  const [short, long] = candidates.map((names) => names.map(withoutExtension));
  if (areDistinct(short!, files)) return short!;
  if (areDistinct(long!, files)) return long!;
  return candidates[1]!;
}

const withoutExtension = (path: string): string =>
  join(dirname(path), basename(path, extname(path)));

/** Whether a name is that of a video that can be written. */
export const isVideoName = (path: string): boolean =>
  ['.mp4', '.webm'].includes(extname(path).toLowerCase());

/** Case aside: some file systems do not tell `A` from `a`. A file that is named twice is the same file. */
const areDistinct = (names: readonly string[], files: readonly string[]): boolean =>
  new Set(names.map((name) => name.toLowerCase())).size ===
  new Set(files.map((file) => resolve(file))).size;

function sharedFolder(files: readonly string[]): string {
  const all = files.map((file) => dirname(resolve(file)).split(sep));
  const [first = []] = all;
  const differs = first.findIndex((part, index) => all.some((parts) => parts[index] !== part));
  return first.slice(0, differs < 0 ? first.length : differs).join(sep) || sep;
}

/** @file Which class the videos of a folder are of: the name of the folder that each is in. */
import { isVideoName, type PlacedFile } from '../video/dropped-files.js';

/**
 * Videos by the folder they are in, in the order of paths. The one folder that holds all the others is no class, unless
 * nothing else is; hidden files, what is no video, and what lies in no folder are left out.
 */
export function filesByClass<F extends { readonly name: string }>(
  files: readonly PlacedFile<F>[],
): ReadonlyMap<string, readonly F[]> {
  const videos = files
    .map(({ file, path }) => ({ file, folders: path.split('/').slice(0, -1), path }))
    .filter(({ file, folders }) => folders.length > 0 && isVideoName(file.name))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const isOneFolder = new Set(videos.map(({ folders }) => folders[0])).size === 1;
  const inner = videos.filter(({ folders }) => folders.length > 1);
  const found = new Map<string, F[]>();
  for (const { file, folders } of isOneFolder && inner.length > 0 ? inner : videos) {
    const name = folders.at(-1)!;
    found.set(name, [...(found.get(name) ?? []), file]);
  }
  return found;
}

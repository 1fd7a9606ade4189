/** @file Which class the videos of a folder are of: the name of the folder that each is in. */

const VIDEO = /\.(?:mp4|m4v|mov|webm|mkv|ts|mts)$/i;

/** Videos by the folder they are in, in the order of names; hidden files and what lies in no folder of its own are left out. */
export function filesByClass<F extends Pick<File, 'name' | 'webkitRelativePath'>>(
  files: readonly F[],
): ReadonlyMap<string, readonly F[]> {
  const found = new Map<string, F[]>();
  const byPath = (a: F, b: F): number => (a.webkitRelativePath < b.webkitRelativePath ? -1 : 1);
  for (const file of [...files].sort(byPath)) {
    // root/class/clip.mp4
    const folders = file.webkitRelativePath.split('/').slice(1, -1);
    const name = folders.at(-1);
    if (name === undefined || !VIDEO.test(file.name) || file.name.startsWith('.')) continue;
    found.set(name, [...(found.get(name) ?? []), file]);
  }
  return found;
}

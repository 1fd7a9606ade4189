/** @file Files that are dropped or picked, folders with all that they hold. */

/** A file, and where it lies in what was dropped: `folder/class/clip.mp4`, or its name alone. */
export interface PlacedFile<F = File> {
  readonly file: F;
  readonly path: string;
}

/** More files of a folder than this are left: a folder of everything was dropped by mistake. */
const MOST_FILES = 20_000;

const VIDEO = /\.(?:mp4|m4v|mov|webm|mkv|ts|mts)$/i;

/** Whether a name is a video's, and not hidden. */
export const isVideoName = (name: string): boolean => VIDEO.test(name) && !name.startsWith('.');

/** Files of an input, those of a folder with their paths within it. */
export const placedFiles = (files: Iterable<File> | null): readonly PlacedFile[] =>
  [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/**
 * Everything that was dropped, in the order of paths. To be called while the event is handled, as the browser forgets what
 * was dropped afterwards. Rejects with the browser's error for what it may not read.
 */
export async function droppedFiles(
  items: Iterable<DataTransferItem>,
): Promise<readonly PlacedFile[]> {
  const roots = [...items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
  const found: PlacedFile[] = [];
  const waiting = roots.reverse();
  for (let entry = waiting.pop(); entry && found.length < MOST_FILES; entry = waiting.pop()) {
    if (entry.isFile) {
      const own = entry as FileSystemFileEntry;
      const file = await new Promise<File>((resolve, reject) => own.file(resolve, reject));
      found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    } else if (entry.isDirectory) {
      waiting.push(...(await entriesOf(entry as FileSystemDirectoryEntry)).reverse());
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** All entries of a folder, of which the browser hands out a hundred at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0 || all.length > MOST_FILES) return all;
    all.push(...some);
  }
}

/** @file Node's file system, loaded when it is needed, and what a path leads to in words. */

/** Node's files; the comments keep bundlers for browsers from looking for them. */
export const fileSystem = () =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');

/** Node's file API. */
export type FileSystem = Awaited<ReturnType<typeof fileSystem>>;

/** What is asked of a path. */
export interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  readonly mode: number;
}

/** What a file is, as an error message calls it. */
export function kindOf(stat: Omit<FileKind, 'mode'>): string {
  if (stat.isFile()) return 'a file';
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a FIFO';
  return stat.isSocket() ? 'a socket' : 'a device';
}

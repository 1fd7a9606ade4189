/** @file Files and folders that are to be gone when the process ends, however it ends. */
import { rmSync } from 'node:fs';

const paths = new Set<string>();

/** Says that a file or folder is there for the time being. */
export const addTemporary = (path: string): void => void paths.add(path);

/** Says that it is no longer there, or stays. */
export const dropTemporary = (path: string): void => void paths.delete(path);

/** Removes all of them at once. */
export function removeTemporaries(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process ends: nobody is left to be told.
    }
  }
  paths.clear();
}

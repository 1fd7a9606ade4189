/** @file Reading lists of clips from disk; what needs Node is loaded when it is called. */
import { checkArguments } from '@slowfast/core';
import type { ClipList } from './clip-list.js';
import type { ParseListOptions } from './parse-list.js';

/** Options of {@link readClipList}. */
export interface ReadListOptions extends ParseListOptions {
  /** Folder that paths are relative to; by default that of the list. */
  readonly prefix?: string;
  /**
   * A frame list of PySlowFast (`original_vido_id video_id frame_id path labels`) with the pictures of the clips, by their names:
   * Something-Something V2, whose classes are in another file. Paths in it are relative to its folder, or to `prefix`.
   */
  readonly pictures?: string;
  /** Folder that all paths must lie in, links followed; not checked by default. */
  readonly root?: string;
}

/**
 * Reads a list of clips, or a folder with one folder for each class (classes numbered by name). All
 * paths are made absolute; whether the videos are there is not looked at.
 *
 * @throws SpecError if the list cannot be read, naming the line that is wrong or leaves the root.
 * @example
 * const { clips } = await readClipList('data/train.csv');
 */
export async function readClipList(path: string, options: ReadListOptions = {}): Promise<ClipList> {
  checkArguments('readClipList', { path: [path, 'string'], options: [options, 'object'] });

  const { readList } = await import('../node/read-list.js');
  return readList(path, options);
}

/** @file What needs a file system or threads of Node: named here, so that bundles build, and say so when it is called. */
import { RuntimeError } from '@slowfast/core';

function nodeOnly(site: string): never {
  throw new RuntimeError({
    site,
    expected: 'Node',
    received: 'a browser',
    remedy: 'Lists of files and training clips are read in Node; in a page open videos one by one',
  });
}

/** Throws {@link RuntimeError}: lists on disk are Node's. */
export const readClipList = (): never => nodeOnly('readClipList');

/** Throws {@link RuntimeError}: training clips are decoded by threads of Node. */
export const trainingClips = (): never => nodeOnly('trainingClips');

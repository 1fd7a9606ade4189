/** @file Folds of a list: each group of its videos is left out once and tested on. */
import { csvQuoted, SpecError } from '@slowfast/core';
import type { ClipList, ListedClip } from '@slowfast/video';

/** One way to part a list. */
export interface Fold {
  /** The group that is left out. */
  readonly name: string;
  readonly train: readonly ListedClip[];
  readonly test: readonly ListedClip[];
}

/**
 * The folds of a list by what the first parentheses of `group` (or all of it) match in each path. Throws
 * {@link SpecError} for a path that does not match, and where there is but one group.
 */
export function foldsOf({ name, clips, multiLabel }: ClipList, group: RegExp): readonly Fold[] {
  if (multiLabel) {
    throw new SpecError({
      site: `folds.list ${name}`,
      expected: 'one class a video',
      received: 'a list of videos with any number of classes',
      remedy: 'Write the lists of each fold, and a variant for each',
    });
  }
  const groups = new Map<string, ListedClip[]>();
  for (const clip of clips) {
    const match = group.exec(clip.path);
    const key = match?.[1] ?? match?.[0];
    if (key === undefined) {
      throw new SpecError({
        site: `folds.group ${group.source}`,
        expected: `a pattern that is in every path of ${name}`,
        received: clip.path,
      });
    }
    groups.set(key, [...(groups.get(key) ?? []), clip]);
  }
  if (groups.size < 2) {
    throw new SpecError({
      site: `folds.group ${group.source}`,
      expected: 'a pattern that tells at least two groups apart',
      received: `one, ${[...groups.keys()].join()}`,
    });
  }
  return [...groups.keys()].sort().map((key) => ({
    name: key,
    train: clips.filter((clip) => !groups.get(key)!.includes(clip)),
    test: groups.get(key)!,
  }));
}

/** A list as lines of a path and a class, which the readers of lists take. */
export const foldText = (clips: readonly ListedClip[]): string =>
  clips.map(({ path, labels }) => `${csvQuoted(path)},${labels.join()}\n`).join('');

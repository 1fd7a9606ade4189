/** @file Folds of a list: each group of its videos is left out once and tested on, alone or with others. */
import { csvQuoted, SpecError } from '@slowfast/core';
import type { ClipList, ListedClip } from '@slowfast/video';

/** One way to part a list. */
export interface Fold {
  /** The groups that are left out, joined by `+`. */
  readonly name: string;
  readonly train: readonly ListedClip[];
  readonly test: readonly ListedClip[];
  /** The group of each video, by its path. */
  readonly groups: ReadonlyMap<string, string>;
}

/** How a list is parted. */
export interface FoldOptions {
  /** The group of a path: what the first parentheses (or all of it) match. */
  readonly group: RegExp;
  /** Folds; default as many as there are groups. Groups are dealt out in the order of their names. */
  readonly count?: number;
}

/**
 * The folds of a list. Throws {@link SpecError} for a path that `group` does not match, and where there are fewer groups
 * than folds, or but one.
 */
export function foldsOf(
  { name, clips, multiLabel }: ClipList,
  { group, count }: FoldOptions,
): readonly Fold[] {
  if (multiLabel) {
    throw new SpecError({
      site: `folds.list ${name}`,
      expected: 'one class a video',
      received: 'a list of videos with any number of classes',
      remedy: 'Write the lists of each fold, and a variant for each',
    });
  }
  const groupOf = new Map<string, string>();
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
    groupOf.set(clip.path, key);
  }
  const groups = [...new Set(groupOf.values())].sort();
  if (groups.length < 2) {
    throw new SpecError({
      site: `folds.group ${group.source}`,
      expected: 'a pattern that tells at least two groups apart',
      received: `one, ${groups.join()}`,
    });
  }
  if (count !== undefined && count > groups.length) {
    throw new SpecError({
      site: 'folds.count',
      expected: `no more folds than the list has groups, ${groups.length}`,
      received: `${count}`,
    });
  }
  const folds = count ?? groups.length;
  return Array.from({ length: folds }, (_, i) => {
    const out = groups.filter((_group, g) => g % folds === i);
    const isTest = ({ path }: ListedClip): boolean => out.includes(groupOf.get(path)!);
    return {
      name: out.join('+'),
      train: clips.filter((clip) => !isTest(clip)),
      test: clips.filter(isTest),
      groups: groupOf,
    };
  });
}

/** A list as lines of a path and a class, which the readers of lists take. */
export const foldText = (clips: readonly ListedClip[]): string =>
  clips.map(({ path, labels }) => `${csvQuoted(path)},${labels.join()}\n`).join('');

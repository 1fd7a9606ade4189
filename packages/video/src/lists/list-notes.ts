/** @file What looks wrong about a list as a whole. Needs no Node API. */
import type { ClipList, ListedClip } from './clip-list.js';

/**
 * A list with notes: where no clip has class 0, its numbers may begin at 1, which nothing but the names of the
 * clips' folders can prove. Where all of them do, the numbers are taken as they are meant.
 */
export function listNotes(list: ClipList, classes: readonly string[] = []): ClipList {
  const { clips } = list;
  const least = clips.reduce((least, { labels }) => Math.min(least, ...labels), Infinity);
  if (least !== 1) return list;
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const isFromOne = ({ path, labels }: ListedClip): boolean =>
    labels.length === 1 && numbers.get(folderOf(path) ?? '') === labels[0]! - 1;
  if (clips.every(isFromOne)) {
    const shifted = clips.map((clip) => ({
      ...clip,
      labels: clip.labels.map((label) => label - 1),
    }));
    const note = 'the class numbers begin at 1, as the folders show: 1 is taken off each';
    return { ...list, clips: shifted, notes: [note] };
  }
  const note = 'no clip has class 0: class numbers are counted from 0, and these may begin at 1';
  return { ...list, notes: [note] };
}

/** The name of the folder that a clip is in. */
export const folderOf = (path: string): string | undefined => path.split(/[\\/]/).at(-2);

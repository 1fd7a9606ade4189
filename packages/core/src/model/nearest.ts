/** @file Suggestions for names that are not known. */
import { checkArguments } from '../arguments.js';

/** Names by closeness to a misspelt one (edit distance, then order), at most `count`. */
export function nearestNames(wrong: string, names: Iterable<string>, count = 3): readonly string[] {
  checkArguments('nearestNames', { wrong: [wrong, 'string'] });

  const lower = wrong.toLowerCase();
  return [...names]
    .map((name) => ({
      name,
      // A name that was begun is nearer than a short one of other letters.
      isBegun: lower !== '' && name.toLowerCase().startsWith(lower),
      distance: editDistance(lower, name.toLowerCase()),
    }))
    .sort((a, b) => Number(b.isBegun) - Number(a.isBegun) || a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein distance of two strings. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

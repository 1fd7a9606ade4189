/** @file Folds of several groups: nothing is tested on twice, or trained on and tested on. */
import { foldsOf } from './folds.js';

const clips = [3, 1, 5, 2, 4].flatMap((person) =>
  ['walk', 'run'].map((action, label) => ({
    path: `${person}-${action}.mp4`,
    labels: [label],
    line: 1,
  })),
);

test('groups are dealt out over the folds, whole', () => {
  const folds = foldsOf(
    { name: 'all.csv', clips, multiLabel: false },
    { group: /^(\d)/, count: 2 },
  );
  expect(folds.map(({ name }) => name)).toEqual(['1+3+5', '2+4']);
  const person = ({ path }: { readonly path: string }): string => path[0]!;
  for (const { name, train, test } of folds) {
    expect([...new Set(test.map(person))].sort().join('+')).toBe(name);
    expect(new Set([...train, ...test])).toEqual(new Set(clips));
    expect(train.length + test.length).toBe(clips.length);
  }
});

test('a fold for each group without a count', () => {
  const folds = foldsOf({ name: 'all.csv', clips, multiLabel: false }, { group: /^(\d)/ });
  expect(folds.map(({ name, test: out }) => [name, out.length])).toEqual(
    ['1', '2', '3', '4', '5'].map((name) => [name, 2]),
  );
});

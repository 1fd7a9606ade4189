import type { Box } from '@slowfast/video';
import { overlap, suppressed } from './person-box.js';
import { boxesBetween, trackNumbers } from './tracks.js';

const at = (x: number, y = 0.2): Box => [x, y, x + 0.2, y + 0.4];

describe('trackNumbers', () => {
  it('follows boxes that overlap, best pairs first', () => {
    expect(
      trackNumbers([
        [at(0.1), at(0.5)],
        [at(0.52), at(0.12)],
        [at(0.14), at(0.7), at(0.54)],
      ]),
    ).toEqual([
      [1, 2],
      [2, 1],
      [1, 3, 2],
    ]);
  });

  it('gives each box before to one box only, and forgets who was away', () => {
    expect(trackNumbers([[at(0.1)], [at(0.15), at(0.11)], [], [at(0.11)]])).toEqual([
      [1],
      [2, 1],
      [],
      [3],
    ]);
  });
});

describe('boxesBetween', () => {
  const frames = [
    { time: 0, boxes: [{ track: 1, box: at(0.1), name: 'a' }] },
    {
      time: 2,
      boxes: [
        { track: 1, box: at(0.3), name: 'b' },
        { track: 2, box: at(0.6), name: 'c' },
      ],
    },
  ];
  const seen = (time: number): unknown[] =>
    boxesBetween(frames, time).map(({ track, name, box }) => [
      track,
      name,
      Number(box[0].toFixed(6)),
    ]);

  it('moves boxes evenly, and shows others for half of the way', () => {
    expect(seen(0)).toEqual([[1, 'a', 0.1]]);
    expect(seen(0.5)).toEqual([[1, 'a', 0.15]]);
    expect(seen(1.5)).toEqual([
      [1, 'b', 0.25],
      [2, 'c', 0.6],
    ]);
    expect(seen(2.5)).toHaveLength(2);
    expect(seen(3.5)).toEqual([]);
    expect(boxesBetween([], 1)).toEqual([]);
  });
});

test('overlap and suppression', () => {
  expect(overlap([0, 0, 1, 1], [0, 0, 1, 1])).toBe(1);
  expect(overlap([0, 0, 0.5, 1], [0.25, 0, 0.75, 1])).toBeCloseTo(1 / 3, 9);
  expect(overlap([0, 0, 0.2, 1], [0.3, 0, 0.5, 1])).toBe(0);
  const boxes = [
    { box: at(0.1), score: 0.7 },
    { box: at(0.11), score: 0.9 },
    { box: at(0.6), score: 0.8 },
  ];
  expect(suppressed(boxes, 0.5).map(({ score }) => score)).toEqual([0.9, 0.8]);
  expect(suppressed(boxes, 1)).toHaveLength(3);
});

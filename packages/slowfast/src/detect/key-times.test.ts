import { keyTimes } from './key-times.js';

const video = (start: number, duration: number) => ({
  ...{ frames: Math.round(duration * 30), fps: 30, start, duration, durationDeclared: true },
  pts: Array.from({ length: Math.round(duration * 30) }, (_, i) => 7 + i),
  timeBase: { num: 1, den: 30 },
  timestamps: 'container' as const,
  truncated: false,
});

describe('key frames', () => {
  it.each([
    ['from 0', video(0, 3), 1, [0, 1, 2]],
    ['where pictures begin with second 2', video(2, 2), 1, [2, 3]],
    ['where they begin within a second', video(1.4, 2), 1, [2, 3]],
    ['a frame late', video(1 / 30, 3), 1, [0, 1, 2, 3]],
    ['every two seconds', video(3, 4), 2, [4, 6]],
    ['of a video between two multiples', video(1.2, 0.5), 1, [1.2]],
    ['of a video shorter than the distance', video(0, 0.5), 1, [0]],
  ])('are at the seconds of a player: %s', (_, timeline, every, times) => {
    expect(keyTimes(timeline, { every })).toEqual(times);
  });

  it('can be every so many frames', () => {
    expect(keyTimes(video(2, 2), { everyFrames: 30 })).toEqual([2, 3]);
  });
});

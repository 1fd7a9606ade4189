import { runClock } from './run-clock.js';

test('an epoch has its own pace; what is left goes by the last epoch and this one', () => {
  let time = 1000;
  const clock = runClock(() => time);
  // Two slow steps of 4 clips, which wait for half of their time; an evaluation does not count.
  for (let step = 0; step < 2; step++) {
    clock.waited(500);
    time += 1000;
    clock.trained(4);
  }
  expect(clock.pace(3)).toEqual({ clipsPerSecond: 4, waiting: 0.5, left: 3000 });
  expect(clock.endEpoch()).toEqual({ clipsPerSecond: 4, waiting: 0.5 });
  clock.pause();
  time += 60_000;
  clock.go();
  // Two steps of a tenth of the time, without waiting.
  for (let step = 0; step < 2; step++) {
    time += 100;
    clock.trained(4);
  }
  const { clipsPerSecond, waiting, left } = clock.pace(10);
  expect(clipsPerSecond).toBeCloseTo(16 / 2.2, 9);
  expect(waiting).toBeCloseTo(1000 / 2200, 9);
  expect(left).toBeCloseTo(5500, 9);
  expect(clock.endEpoch()).toEqual({ clipsPerSecond: 40, waiting: 0 });
  time += 100;
  clock.trained(4);
  expect(clock.pace(1)).toEqual({ clipsPerSecond: 40, waiting: 0, left: 100 });
});

test('nothing done yet has no pace', () => {
  expect(runClock(() => 0).pace(5)).toEqual({ clipsPerSecond: 0, waiting: 0, left: 0 });
});

/** @file The first steps of SGD on a small SlowFast network are those of PyTorch; `*.reference.test.ts` goes on. */
import { RUNTIMES, trajectoryDisagreement } from './training-trajectory.js';

test.each(Object.keys(RUNTIMES))('three steps with Nesterov momentum on %s', async (runtime) => {
  expect(await trajectoryDisagreement(runtime, 'nesterov', 3)).toEqual({});
});

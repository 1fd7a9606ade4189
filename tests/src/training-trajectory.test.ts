/** @file The first steps of SGD on a small SlowFast network are those of PyTorch; `*.reference.test.ts` goes on. */
import { BACKENDS } from './tfjs-networks.js';
import { trajectoryDisagreement } from './training-trajectory.js';

test.each(BACKENDS)('three steps with Nesterov momentum on %s', async (backend) => {
  expect(await trajectoryDisagreement(backend, 'nesterov', 3)).toEqual({});
});

/** @file Twenty steps of SGD with Nesterov momentum on a small SlowFast network are those of PyTorch. */
import { BACKENDS } from './tfjs-networks.js';
import { trajectoryDisagreement } from './training-trajectory.js';

/** Plain cpu, which is tried by hand, takes a minute a step. */
const PATIENCE = 4 * 3600_000;

test.each(BACKENDS)(
  '%s',
  async (backend) => {
    expect(await trajectoryDisagreement(backend, 'nesterov')).toEqual({});
  },
  PATIENCE,
);

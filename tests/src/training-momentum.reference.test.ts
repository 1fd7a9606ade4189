/** @file Twenty steps of SGD with momentum on a small SlowFast network are those of PyTorch. */
import { RUNTIMES, trajectoryDisagreement } from './training-trajectory.js';

/** Plain cpu, which is tried by hand, takes a minute a step. */
const PATIENCE = 4 * 3600_000;

test.each(Object.keys(RUNTIMES))(
  '%s',
  async (runtime) => {
    expect(await trajectoryDisagreement(runtime, 'momentum')).toEqual({});
  },
  PATIENCE,
);

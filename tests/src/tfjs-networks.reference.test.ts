/** @file The other reference networks of full size through TensorFlow.js, as in tfjs-networks.test.ts. */
import { BACKENDS, TFJS_RUNS, tfjsDisagreement } from './tfjs-networks.js';

const RUNS = TFJS_RUNS.filter(({ everyday }) => !everyday);

test('nothing is left out', () => {
  expect(RUNS).toHaveLength(3 * BACKENDS.length);
});

test.each(RUNS)('$file, $backend, agrees with the reference', async (run) => {
  expect(await tfjsDisagreement(run)).toEqual({});
});

/**
 * @file Reference networks through TensorFlow.js: every kind of lateral connection at small size, and SlowFast, a non-local
 * network and a detector at full size. Each stage and the scores agree with what the reference implementations
 * computed on the same formula weights and clip.
 */
import { BACKENDS, TFJS_RUNS, tfjsDisagreement } from './tfjs-networks.js';

const RUNS = TFJS_RUNS.filter(({ everyday }) => everyday);

test('five kinds of laterals, and three networks of full size', () => {
  expect(RUNS).toHaveLength(8 * BACKENDS.length);
});

test.each(RUNS)('$file, $backend, agrees with the reference', async (run) => {
  expect(await tfjsDisagreement(run)).toEqual({});
});

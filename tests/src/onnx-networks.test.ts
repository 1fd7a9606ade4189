/**
 * @file Reference networks through ONNX Runtime: every kind of lateral connection at small size, and SlowFast, a non-local
 * network and a detector at full size. Each stage and the scores agree with what the reference implementations
 * computed on the same formula weights and clip.
 */
import { ONNX_RUNS, onnxDisagreement } from './onnx-networks.js';

const RUNS = ONNX_RUNS.filter(({ everyday }) => everyday);

test('five kinds of laterals, and three networks of full size', () => {
  expect(RUNS).toHaveLength(13);
});

test.each(RUNS)('$file, lowering $lowering, agrees with the reference', async (run) => {
  expect(await onnxDisagreement(run)).toEqual({});
});

/** @file The other reference networks of full size through ONNX Runtime, as in onnx-networks.test.ts. */
import { ONNX_RUNS, onnxDisagreement } from './onnx-networks.js';

const RUNS = ONNX_RUNS.filter(({ everyday }) => !everyday);

test('nothing is left out', () => {
  expect(RUNS).toHaveLength(12);
});

test.each(RUNS)('$file, lowering $lowering, agrees with the reference', async (run) => {
  expect(await onnxDisagreement(run)).toEqual({});
});

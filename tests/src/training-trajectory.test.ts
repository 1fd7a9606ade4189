/** @file The first steps of SGD on a small SlowFast network are those of PyTorch; `*.reference.test.ts` goes on, on each runtime. */
import { trajectoryDisagreement } from './training-trajectory.js';

test('three steps with Nesterov momentum on onnxruntime-node', async () => {
  expect(await trajectoryDisagreement('onnxruntime-node', 'nesterov', 3)).toEqual({});
});

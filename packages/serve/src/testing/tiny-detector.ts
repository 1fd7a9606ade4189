/** @file A tiny network for people in boxes on ONNX Runtime, in a thread of its own as a server has it. */
import { GraphBuilder, type CompiledModel } from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { onnxRuntime } from '@slowfast/runtime-onnx';

/** `[N, 3, 4, 32, 32]` and boxes `[R, 5]` to scores of three classes a box. */
export async function tinyDetector(): Promise<CompiledModel> {
  const g = GraphBuilder.empty('detector');
  const slow = g.input('slow', { dtype: 'float32', shape: ['N', 3, 4, 32, 32] });
  const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const conv = g.scope('slow').conv3d(slow, { channels: 8, kernel: [1, 3, 3], stride: [1, 4, 4] });
  const regions = g.emit('roi_align', [g.mean(conv, [2]), boxes], {
    ...{ size: [3, 3], spatialScale: 1 / 4, samplingRatio: 0, aligned: false },
  });
  const most = g.emit('reduce', [regions], { fn: 'max', axes: [2, 3], keepDims: false });
  const graph = g.build({ scores: g.activation(g.linear(most, 3, 'projection'), 'sigmoid') });
  const weights = formulaStore(
    [...graph.params].map(([name, { type }]) => [name, type.shape as number[]] as const),
  );
  const runtime = onnxRuntime({ worker: 'auto', threads: 1 });
  return runtime.compile({ name: 'detector', graph }, weights, { metadata: {} });
}

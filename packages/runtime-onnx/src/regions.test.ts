/** @file Numbers of boxes that the conformance suite cannot have, and batch indices of no clip. */
import { GraphBuilder, float32Tensor, memoryStore, type HostTensor } from '@slowfast/core';
import { formulaClip, interpret } from '@slowfast/core/testing';
import { onnxRuntime, type OnnxBackendChoice } from './index.js';

function regionModel() {
  const g = GraphBuilder.empty('regions');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 5, 6] });
  const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const regions = g.emit('roi_align', [x, boxes], {
    size: [7, 7],
    spatialScale: 1 / 16,
    samplingRatio: 0,
    aligned: false,
  });
  const y = g.emit('reduce', [regions], { fn: 'max', axes: [2, 3], keepDims: false });
  return { name: 'regions', graph: g.build<'x' | 'boxes', 'y'>({ y }) };
}

const boxesOf = (count: number, clip = (i: number): number => i % 2): HostTensor =>
  float32Tensor(
    [count, 5],
    Float32Array.from(
      Array.from({ length: count }, (_, i) => [clip(i), i % 50, i % 37, 40 + (i % 60), 70]).flat(),
    ),
  );

const BACKENDS: readonly OnnxBackendChoice[] = ['node', 'web'];

describe.each(BACKENDS)('onnxruntime-%s', (backend) => {
  it('takes 0, 1 and 300 boxes of one session', async () => {
    const model = regionModel();
    await using compiled = await onnxRuntime({ backend, threads: 1 }).compile(
      model,
      memoryStore(new Map()),
    );
    const x = formulaClip([2, 3, 5, 6], 'x');
    for (const count of [0, 1, 300, 0]) {
      const feeds = { x, boxes: boxesOf(count) };
      const { y } = await compiled.run(feeds);
      const expected = (await interpret(model.graph, new Map(), feeds)).y;
      expect(y.shape).toEqual([count, 3]);
      y.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(expected.data[i]), 5));
    }
  });

  it('refuses a batch index that no clip has', async () => {
    await using compiled = await onnxRuntime({ backend, threads: 1 }).compile(
      regionModel(),
      memoryStore(new Map()),
    );
    const x = formulaClip([2, 3, 5, 6], 'x');
    for (const clip of [2, -1, 1e6]) {
      await expect(compiled.run({ x, boxes: boxesOf(3, () => clip) })).rejects.toThrow(/batch/i);
    }
  });
});

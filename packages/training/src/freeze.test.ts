import { GraphBuilder, initialWeights, float32Tensor } from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { frozenParts } from './freeze.js';
import { lossOf } from './losses.js';
import { trainingModel } from './training-model.js';

/** Two stages of each pathway, fast feeding slow between them, and a head. */
function network() {
  const g = GraphBuilder.empty('net');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2, 2, 4, 4] });
  const stage = (name: string, from: typeof x) => {
    const s = g.scope(name);
    return s.relu(s.batchNorm(s.conv3d(from, { channels: 3, kernel: [1, 3, 3] })));
  };
  const [slow, fast] = [stage('slow.res4', x), stage('fast.res4', x)];
  const joined = g.concat([stage('slow.res5', g.concat([slow, fast])), stage('fast.res5', fast)]);
  const scores = g.scope('head').linear(g.mean(joined, [2, 3, 4]), 2, 'projection');
  return { name: 'net', graph: g.build<'x', 'scores'>({ scores }) };
}

const stagesOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map((name) => name.split('.').slice(0, 2).join('.'))),
];

it('takes what a stage is computed from, the backbone, or parts by name', () => {
  const { graph } = network();
  expect(stagesOf(frozenParts(graph, 'before slow.res5'))).toEqual(['slow.res4', 'fast.res4']);
  const backbone = ['slow.res4', 'fast.res4', 'slow.res5', 'fast.res5'];
  expect(stagesOf(frozenParts(graph, 'backbone'))).toEqual(backbone);
  expect(frozenParts(graph, ['fast'])).toEqual(['fast']);
  expect(() => frozenParts(graph, 'before slow.res6')).toThrow(
    "freeze: expected the name of a part that has parameters, received 'slow.res6'.",
  );
});

it('leaves frozen parts and their statistics as they are, and gives the others gradients', async () => {
  const model = network();
  const loss = lossOf({ classes: 2 });
  await using training = await trainingModel(model, initialWeights(model.graph, { seed: 1 }), {
    runtime: onnxRuntime({ threads: 1 }),
    loss: loss.graph,
    freeze: 'before slow.res5',
  });
  const data = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i));
  const result = await training.lossAndGradients(
    { x: float32Tensor([2, 2, 2, 4, 4], data) },
    loss.targets([[0], [1]]),
  );
  const trained = ['slow.res5', 'fast.res5', 'head.projection'];
  expect(stagesOf([...result.gradients.keys()])).toEqual(trained);
  expect(stagesOf([...result.statistics.keys()])).toEqual(['slow.res5', 'fast.res5']);
});

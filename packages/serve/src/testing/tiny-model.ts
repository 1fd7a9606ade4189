/** @file A tiny network on ONNX Runtime, in a thread of its own as a server has it. */
import { GraphBuilder, type CompiledModel, type ModelMetadata } from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { onnxRuntime } from '@slowfast/runtime-onnx';

/** `[N, 3, 4, 8, 8]` and `[N, 3, 8, 8, 8]` to scores of three classes. */
export async function tinyModel(
  metadata: ModelMetadata = { labels: ['run', 'walk', 'çay'] },
  width = 4,
): Promise<CompiledModel> {
  const g = GraphBuilder.empty('tiny');
  const features = Object.entries({ slow: 4, fast: 8 }).map(([pathway, frames]) => {
    const x = g.input(pathway, { dtype: 'float32', shape: ['N', 3, frames, 8, 8] });
    const scope = g.scope(pathway);
    const conv = scope.conv3d(x, { channels: width, kernel: [1, 3, 3], stride: [1, 2, 2] });
    return g.mean(scope.relu(conv), [2, 3, 4]);
  });
  const scores = g.softmax(g.scope('head').linear(g.concat(features), 3), 1);
  const graph = g.build({ scores });
  const weights = formulaStore(
    [...graph.params].map(([name, { type }]) => [name, type.shape as number[]] as const),
  );
  return onnxRuntime({ worker: 'auto', threads: 1 }).compile({ name: 'tiny', graph }, weights, {
    metadata,
  });
}

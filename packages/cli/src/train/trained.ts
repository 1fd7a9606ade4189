/** @file Trained weights as a file of ONNX, for use without this project. */
import type { ModelFacts, Recipe, WeightStore } from '@slowfast/core';
import { writeFileAtomic, type TrainedNetwork } from '@slowfast/models';
import { exportOnnx } from '@slowfast/runtime-onnx';

/** Writes a trained model as ONNX, with recipe and labels. */
export async function writeTrainedOnnx(
  path: string,
  {
    model,
    weights,
    facts,
  }: {
    readonly model: TrainedNetwork['model'];
    readonly weights: WeightStore;
    readonly facts: ModelFacts & { readonly recipe: Recipe };
  },
): Promise<void> {
  await writeFileAtomic(path, async (sink) => {
    for await (const chunk of exportOnnx(model, weights, { facts })) await sink.write(chunk);
  });
}

/** @file Trained weights as a file of ONNX, for use without this project. */
import type { ModelMetadata, Preprocessing, WeightStore } from '@slowfast/core';
import { writeFileAtomic } from '@slowfast/core';
import { type ConfiguredNetwork } from '@slowfast/models';
import { exportOnnx } from '@slowfast/runtime-onnx';

/** Writes a trained model as ONNX, with preprocessing and labels. */
export async function writeTrainedOnnx(
  path: string,
  {
    model,
    weights,
    metadata,
  }: {
    readonly model: ConfiguredNetwork['model'];
    readonly weights: WeightStore;
    readonly metadata: ModelMetadata & { readonly preprocessing: Preprocessing };
  },
): Promise<void> {
  await writeFileAtomic(path, async (sink) => {
    for await (const chunk of exportOnnx(model, weights, { metadata })) await sink.write(chunk);
  });
}

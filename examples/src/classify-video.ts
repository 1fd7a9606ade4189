import { scoreViews, topPredictions } from '@slowfast/evaluation';
import { loadModel } from '@slowfast/checkpoints';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, views } from '@slowfast/video';

/** The three best classes of a video, by the small trained model that comes with the package. */
export async function classifyVideo(file: string) {
  const { entry, weights, metadata } = await loadModel();
  const model = await onnxRuntime({ worker: true }).compile(entry.model, weights, { metadata });
  const video = await openVideo(file);
  const { scores } = await scoreViews(model, views(video, metadata.preprocessing), metadata);
  await Promise.all([model[Symbol.asyncDispose](), video.close(), weights.close?.()]);
  return topPredictions(scores, metadata.labels, 3);
}

import { scoreViews, topPredictions } from '@slowfast/evaluation';
import { loadModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, views } from '@slowfast/video';

/** The three best classes of a video, by the small trained model that comes with the package. */
export async function classifyVideo(file: string) {
  const { entry, weights, facts } = await loadModel();
  const model = await onnxRuntime({ worker: true }).compile(entry.model, weights, { facts });
  const video = await openVideo(file);
  const { scores } = await scoreViews(model, views(video, facts.recipe), facts);
  await Promise.all([model[Symbol.asyncDispose](), video.close(), weights.close?.()]);
  return topPredictions(scores, facts.labels, 3);
}

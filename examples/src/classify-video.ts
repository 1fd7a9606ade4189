import { scoreViews, topPredictions } from '@slowfast/evaluation';
import { fileSource, loadModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { openVideo, views } from '@slowfast/video';

/** The five best classes of a video, by a checkpoint of any zoo. */
export async function classifyVideo(file: string, checkpoint: string) {
  const { entry, weights, facts } = await loadModel({ weights: await fileSource(checkpoint) });
  const model = await onnxRuntime({ worker: true }).compile(entry.model, weights, { facts });
  const video = await openVideo(file);
  const { scores } = await scoreViews(model, views(video, facts.recipe), facts);
  await Promise.all([model[Symbol.asyncDispose](), video.close(), weights.close?.()]);
  return topPredictions(scores, facts.labels, 5);
}

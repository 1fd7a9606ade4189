/** @file The views of a video: in a worker thread where there can be one, else on this thread. */
import type { Video, View } from '../types.js';
import type { ViewPreprocessing } from './plan.js';
import { viewStream } from './stream.js';
import { planOfVideo, type ViewsOptions } from './video-plan.js';
import { workerUrl } from './worker-url.js';

/**
 * The views of a video, clip by clip, each clip's crops in the preset's order, while later ones are
 * being decoded and preprocessed. At most `prefetch` views and the frames of one clip's span are in memory.
 * Breaking off the iteration, or aborting, stops decoding and frees everything.
 *
 * @throws SpecError if a count, the clip or the crop is not valid; MediaError if no frame decodes or,
 * strict, if some do not.
 * @example
 * for await (const { tensor } of views(video, preprocessing, { clips: 10, crops: 3 })) await model.run({ clip: tensor });
 */
export async function* views(
  video: Video,
  preprocessing: ViewPreprocessing,
  options: ViewsOptions = {},
): AsyncGenerator<View, void, undefined> {
  const plan = planOfVideo(video, preprocessing, options);
  const url = workerUrl(video, options.worker);
  if (!url) {
    yield* viewStream(video, preprocessing, plan, options);
    return;
  }
  const { workerViews } = await import('../node/worker-views.js');
  yield* workerViews(video, { kind: 'views', preprocessing, plan }, url, options);
}

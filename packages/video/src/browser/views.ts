/** @file The views of a video in a page or a worker. */
import type { Video, View } from '../types.js';
import type { ViewPreprocessing } from '../views/plan.js';
import { viewStream } from '../views/stream.js';
import { planOfVideo, type ViewsOptions } from '../views/video-plan.js';

/**
 * The views of a video, clip by clip, each clip's crops in the preset's order. The frames of one clip's span are in memory
 * at most. Breaking off the iteration, or aborting, stops decoding and frees everything. The browser decodes on threads of
 * its own; resizing is done here: call it in a web worker to keep a page smooth.
 *
 * @throws SpecError if a count, the clip or the crop is not valid; MediaError if no frame decodes or, strict, if some do not.
 */
export async function* views(
  video: Video,
  preprocessing: ViewPreprocessing,
  options: ViewsOptions = {},
): AsyncGenerator<View, void, undefined> {
  const plan = planOfVideo(video, preprocessing, options);
  yield* viewStream(video, preprocessing, plan, options);
}

export { keyFrameStream as keyFrameViews } from '../views/key-frame-stream.js';

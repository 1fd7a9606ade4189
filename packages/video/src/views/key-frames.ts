/** @file The clips around key frames: in a worker thread where there can be one, else on this thread. */
import { checkArguments } from '@slowfast/core';
import type { Video } from '../types.js';
import { keyFrameStream, type KeyFrameView } from './key-frame-stream.js';
import type { ViewPreprocessing } from './plan.js';
import type { ViewsOptions } from './video-plan.js';
import { workerUrl } from './worker-url.js';

/** How clips around key frames are made: as views are. */
export type KeyFrameOptions = Pick<ViewsOptions, 'signal' | 'onProgress' | 'prefetch' | 'worker'>;

/**
 * The clips around key frames at ascending times (seconds from the first frame), one after the other, while later ones
 * are being decoded and resized. Frames are resized once and kept only while a clip needs them.
 *
 * @throws SpecError for a time outside of the video; MediaError if no frame decodes or resized frames are beyond a limit.
 */
export async function* keyFrameViews(
  video: Video,
  preprocessing: ViewPreprocessing,
  times: readonly number[],
  options: KeyFrameOptions = {},
): AsyncGenerator<KeyFrameView, void, undefined> {
  checkArguments('keyFrameViews', {
    video: [video, 'object'],
    preprocessing: [preprocessing, 'object'],
    times: [times, 'array'],
    options: [options, 'object'],
  });
  const url = workerUrl(video, options.worker);
  if (!url || times.length === 0) {
    yield* keyFrameStream(video, preprocessing, times, options);
    return;
  }
  const { workerViews } = await import('../node/worker-views.js');
  yield* workerViews(video, { kind: 'key-frames', preprocessing, times }, url, options);
}

/** @file The plan of a video's views, by its own time line, size and limits. Needs no Node API. */
import { checkArguments } from '@slowfast/core';
import type { Video, ViewProgress } from '../types.js';
import { viewPlan, type ViewCounts, type ViewPlan, type ViewPreprocessing } from './plan.js';

/** How views are made. */
export interface ViewsOptions extends ViewCounts {
  /** Stops decoding and preprocessing; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every frame and view. */
  readonly onProgress?: (progress: ViewProgress) => void;
  /** Views made ahead of the one in use, in a worker thread; 2 by default. */
  readonly prefetch?: number;
  /**
   * `auto` (default) uses a worker thread if the video can be opened again there and this package runs
   * compiled; `off` stays on this thread. A URL names the compiled `view-worker.js` if a bundler has
   * moved it, or if the package itself runs from its TypeScript sources.
   */
  readonly worker?: 'auto' | 'off' | URL;
}

/** Checks arguments of `views` and plans them. Throws what `views` throws. */
export function planOfVideo(
  video: Video,
  preprocessing: ViewPreprocessing,
  options: ViewsOptions,
): ViewPlan {
  checkArguments('views', {
    video: [video, 'object'],
    preprocessing: [preprocessing, 'object'],
    options: [options, 'object'],
  });
  options.signal?.throwIfAborted();
  return viewPlan(video.timeline, video.info, preprocessing, {
    site: video.path,
    ...(video.limits ? { limits: video.limits } : {}),
    ...options,
  });
}

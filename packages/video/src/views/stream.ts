/**
 * @file Frames in, views out, with bounded memory: each needed frame is resized once, kept while a
 * clip still needs it, and cropped once a view. Runs in a worker thread or, where there is none, on
 * the caller's own. Needs no Node API.
 */
import { checkArguments, MediaError } from '@slowfast/core';
import { clipSpectrograms } from '../sound/clip-sound.js';
import { cropClip } from '../transform/crop.js';
import { allocated } from '../transform/memory.js';
import { preprocessFrame } from '../transform/normalise.js';
import type { PlanarImage } from '../transform/resize.js';
import type { Video, View, ViewProgress } from '../types.js';
import { FrameWindow } from './frame-window.js';
import type { ViewPlan, ViewPreprocessing } from './plan.js';

/** How a stream of views is watched and stopped. */
export interface StreamOptions {
  /** Stops decoding and preprocessing. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every frame and view. */
  readonly onProgress?: ((progress: ViewProgress) => void) | undefined;
}

/**
 * The views of a plan, clip by clip, each clip's crops in the preset's order, with its sound where the preprocessing has any.
 *
 * @throws MediaError if none of the needed frames decodes, memory does not suffice, (strict) frames are lost, or a clip has no
 * sound that is to be heard.
 */
export async function* viewStream(
  video: Pick<Video, 'path' | 'timeline' | 'warn' | 'frames' | 'sound'>,
  preprocessing: ViewPreprocessing,
  plan: ViewPlan,
  options: StreamOptions = {},
): AsyncGenerator<View, void, undefined> {
  checkArguments('viewStream', {
    video: [video, 'object'],
    preprocessing: [preprocessing, 'object'],
    plan: [plan, 'object'],
    options: [options, 'object'],
  });
  const { signal, onProgress } = options;
  const { clips, offsets, crop: size, needed } = plan;
  const total = (needed.at(-1) ?? -1) + 1;
  const window = new FrameWindow(plan);
  const lastFrame = clips.map(({ frames }) => frames.reduce((a, b) => Math.max(a, b)));
  let clip = 0;
  let decoded = 0;
  let views = 0;
  let pixels: Uint8Array | undefined;
  let image: PlanarImage | undefined;
  const sounds = preprocessing.sound
    ? clipSpectrograms(video, clips, preprocessing.sound, signal)
    : undefined;
  let heard: Pick<View, 'sound'> = {};
  const hear = async (): Promise<void> => {
    const next = await sounds?.next();
    heard = next && !next.done ? { sound: next.value } : {};
  };
  const report = (): void => onProgress?.({ decoded, total, views });

  async function* ready(): AsyncGenerator<View, void, undefined> {
    for (; clip < clips.length && window.reaches(lastFrame[clip]!); clip++) {
      const { frames, padded } = clips[clip]!;
      const images = window.images(frames);
      for (const [crop, offset] of offsets.entries()) {
        signal?.throwIfAborted();
        const tensor = await allocated(video.path, images[0]!, () =>
          cropClip(images, offset, size),
        );
        views++;
        report();
        yield { clip, crop, frames, padded, tensor, ...heard };
      }
      window.release(clip);
      await hear();
    }
  }

  const onDecoded = (count: number): void => {
    decoded = count;
    report();
  };
  try {
    // A video that cannot be heard says so before its pictures are decoded.
    await hear();
    const frames = video.frames({ indices: needed, onDecoded, ...(signal ? { signal } : {}) });
    for await (const frame of frames) {
      if (!frame.lost || frame.data !== pixels) {
        image = await allocated(video.path, frame, () => preprocessFrame(frame, preprocessing));
        pixels = frame.data;
      }
      window.add(frame.index, image!);
      yield* ready();
    }
    signal?.throwIfAborted();
    if (!window.finish()) {
      throw new MediaError({
        site: video.path,
        expected: 'at least one frame of video',
        received: 'a file of which none can be decoded',
        remedy: 'Check that the file is complete',
      });
    }
    yield* ready();
  } finally {
    await sounds?.return();
  }
}

/**
 * @file Frames in, views out, with bounded memory: each needed frame is resized once, kept while a
 * clip still needs it, and cropped once a view. Runs in a worker thread or, where there is none, on
 * the caller's own. Needs no Node API.
 */
import { MediaError } from '@slowfast/core';
import { cropClip } from '../transform/crop.js';
import { preprocessFrame } from '../transform/normalise.js';
import type { PlanarImage } from '../transform/resize.js';
import type { Video, View, ViewProgress } from '../types.js';
import type { ViewPlan, ViewRecipe } from './plan.js';

/** How a stream of views is watched and stopped. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ViewProgress) => void) | undefined;
}

/** The resized frames that are still needed. */
class FrameWindow {
  readonly #frames = new Map<number, PlanarImage>();
  readonly #plan: ViewPlan;
  #filled = 0;
  #latest: PlanarImage | undefined;

  constructor(plan: ViewPlan) {
    this.#plan = plan;
  }

  /** Takes a frame; frames that were lost before it are filled with the one before them. */
  add(index: number, image: PlanarImage): void {
    while (this.#filled < this.#plan.needed.length && this.#next() < index) {
      this.#store(this.#latest ?? image);
    }
    this.#latest = image;
    if (this.#next() === index) this.#store(image);
  }

  /** Fills what never came with the last frame that did; false if none did. */
  finish(): boolean {
    if (!this.#latest) return false;
    while (this.#filled < this.#plan.needed.length) this.#store(this.#latest);
    return true;
  }

  /** Whether every frame up to this one is there. */
  reaches(index: number): boolean {
    return this.#filled === this.#plan.needed.length || this.#next() > index;
  }

  images(frames: readonly number[]): PlanarImage[] {
    return frames.map((frame) => this.#frames.get(frame) as PlanarImage);
  }

  /** Forgets the frames that no clip after this one needs. */
  release(clip: number): void {
    for (const frame of this.#plan.clips[clip]?.frames ?? []) {
      if (this.#plan.lastUse.get(frame) === clip) this.#frames.delete(frame);
    }
  }

  #next(): number {
    return this.#plan.needed[this.#filled] ?? Infinity;
  }

  #store(image: PlanarImage): void {
    this.#frames.set(this.#next(), image);
    this.#filled++;
  }
}

/**
 * The views of a plan, clip by clip, each clip's crops in the preset's order.
 *
 * @throws MediaError if none of the needed frames decodes, or the video does (strict).
 */
export async function* viewStream(
  video: Pick<Video, 'path' | 'frames'>,
  recipe: ViewRecipe,
  plan: ViewPlan,
  { signal, onProgress }: StreamOptions = {},
): AsyncGenerator<View, void, undefined> {
  const { clips, offsets, needed } = plan;
  const total = (needed.at(-1) ?? -1) + 1;
  const window = new FrameWindow(plan);
  const lastFrame = clips.map(({ frames }) => frames.reduce((a, b) => Math.max(a, b)));
  let clip = 0;
  let decoded = 0;
  let views = 0;
  const report = (): void => onProgress?.({ decoded, total, views });

  function* ready(): Generator<View, void, undefined> {
    for (; clip < clips.length && window.reaches(lastFrame[clip]!); clip++) {
      const { frames, padded } = clips[clip]!;
      const images = window.images(frames);
      for (const [crop, offset] of offsets.entries()) {
        signal?.throwIfAborted();
        const tensor = cropClip(images, offset, recipe.crop);
        views++;
        report();
        yield { clip, crop, frames, padded, tensor };
      }
      window.release(clip);
    }
  }

  const onDecoded = (count: number): void => {
    decoded = count;
    report();
  };
  const frames = video.frames({ indices: needed, onDecoded, ...(signal ? { signal } : {}) });
  for await (const frame of frames) {
    window.add(frame.index, preprocessFrame(frame, recipe));
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
}

/** @file The model of a detector for one video after another: compiled anew where the size is another. */
import type { CompiledModel } from '@slowfast/core';
import type { Size } from '@slowfast/video';
import type { CompiledDetector, Detector } from './compile-detector.js';

/** A model that follows the size of the videos; to be released before its detector. */
export interface SizedDetector extends AsyncDisposable {
  /** For frames of the last video's size; there is none before the first. */
  readonly model: CompiledModel | undefined;
  /** The model for a video; what was given before is released where the size is another. */
  of(video: Size): Promise<CompiledDetector>;
}

/** Keeps the model of one size. */
export function sizedDetector(detector: Pick<Detector, 'compile'>): SizedDetector {
  let current: (CompiledDetector & { readonly size: string }) | undefined;
  const release = async (): Promise<void> => {
    const before = current;
    current = undefined;
    await before?.[Symbol.asyncDispose]();
  };
  return {
    get model() {
      return current?.model;
    },
    async of(video) {
      const size = `${video.width}x${video.height}`;
      if (current?.size === size) return current;
      await release();
      current = { size, ...(await detector.compile(video)) };
      return current;
    },
    [Symbol.asyncDispose]: release,
  };
}

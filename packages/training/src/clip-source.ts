/** @file Where clips come from: the trainer knows no video, only clips in the order of an epoch. */
import {
  checkArguments,
  float32Tensor,
  ShapeError,
  shapeText,
  type HostTensor,
} from '@slowfast/core';
import type { ClipShape } from './multigrid/multigrid.js';

/** What a network takes of a clip. */
export interface ClipTensors {
  /** `[1, C, T, H, W]`. */
  readonly tensor: HostTensor<'float32'>;
  /** Its spectrogram `[1, 1, frames, 1, mels]`, for a network that hears. */
  readonly sound?: HostTensor<'float32'>;
}

/** A labelled clip, ready for the network. */
export interface SourceClip extends ClipTensors {
  /** Class numbers; one, unless the task is multi-label. */
  readonly labels: readonly number[];
  /**
   * What to train towards in place of `labels`, a share for each class: soft targets, of a teacher for one.
   * `labels` still say what counts as right.
   */
  readonly target?: readonly number[];
  /** Position in the epoch, clips that were left out included. */
  readonly position: number;
}

/** Which clips of an epoch. */
export interface EpochOptions {
  /** Position in the epoch to begin at; default 0. */
  readonly from?: number;
  /** The shape of the clip at a position, in multigrid training; default: the source's own. */
  readonly shapeAt?: (position: number) => ClipShape;
}

/** Clips by epoch, as `trainingClips` of `@slowfast/video` gives them. */
export interface ClipSource {
  /** Clips of an epoch. */
  readonly length: number;
  /** The clips of an epoch in its own order. The same epoch gives the same clips. */
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<SourceClip>;
}

/** Clips of one forward pass. */
export interface ClipBatch {
  /** `[N, C, T, H, W]`. */
  readonly clips: HostTensor<'float32'>;
  /** `[N, 1, frames, 1, mels]`, where clips have sound. */
  readonly sounds?: HostTensor<'float32'>;
  readonly labels: readonly (readonly number[])[];
  /** Soft targets of the clips that have them. */
  readonly targets: readonly (readonly number[] | undefined)[];
  /** Position in the epoch after the last of them. */
  readonly next: number;
}

/** Clips as one batch. Throws {@link ShapeError} when their shapes differ. */
export function batchOf(clips: readonly SourceClip[]): ClipBatch {
  checkArguments('batchOf', { clips: [clips, 'array'] });
  const sounds = clips.flatMap(({ sound }) => sound ?? []);
  if (sounds.length > 0 && sounds.length < clips.length) {
    throw new ShapeError({
      site: 'batch',
      expected: 'clips that all have sound, or none of them',
      received: `sound of ${sounds.length} of ${clips.length}`,
    });
  }
  return {
    clips: joined(
      clips.map(({ tensor }) => tensor),
      'clips',
    ),
    ...(sounds.length > 0 ? { sounds: joined(sounds, 'sounds') } : {}),
    labels: clips.map(({ labels }) => labels),
    targets: clips.map(({ target }) => target),
    next: clips.at(-1)!.position + 1,
  };
}

function joined(tensors: readonly HostTensor<'float32'>[], what: string): HostTensor<'float32'> {
  const [, ...shape] = tensors[0]!.shape;
  const size = tensors[0]!.data.length;
  const data = new Float32Array(size * tensors.length);
  tensors.forEach((tensor, i) => {
    if (tensor.shape.slice(1).join() !== shape.join()) {
      throw new ShapeError({
        site: 'batch',
        expected: `${what} of one shape, ${shapeText([1, ...shape])}`,
        received: shapeText(tensor.shape),
      });
    }
    data.set(tensor.data, i * size);
  });
  return float32Tensor([tensors.length, ...shape], data);
}

/** Clips that a source gave and time that was spent waiting for them. */
export class BatchReader {
  readonly #iterator: AsyncIterator<SourceClip>;
  /** One that was read before its time. */
  #ahead: SourceClip | undefined;
  /** Milliseconds spent waiting for clips so far. */
  waited = 0;

  constructor(clips: AsyncIterable<SourceClip>) {
    checkArguments('BatchReader', { clips: [clips, 'iterable'] });
    this.#iterator = clips[Symbol.asyncIterator]();
  }

  /** The next batch of clips before a position, smaller where there are no more; `undefined` for none. */
  async next(size: number, until = Infinity): Promise<ClipBatch | undefined> {
    const clips: SourceClip[] = [];
    const startedAt = performance.now();
    while (clips.length < size) {
      const clip = this.#ahead ?? (await this.#iterator.next()).value;
      this.#ahead = clip;
      if (!clip || clip.position >= until) break;
      this.#ahead = undefined;
      clips.push(clip);
    }
    this.waited += performance.now() - startedAt;
    return clips.length === 0 ? undefined : batchOf(clips);
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/**
 * @file Clips of frames that arrive one by one, for as long as they come: from a camera, a stream, a file
 * played. Memory and latency stay the same however long it runs: a queue of a few frames, which drops the
 * oldest when the consumer is slower than the source, and the T frames of the clip at hand. Needs no Node API.
 */
import { checkArguments, MediaError, SpecError, type HostTensor } from '@slowfast/core';
import { cropClip, cropOffsets } from '../transform/crop.js';
import { checkClipBytes, checkResized, SIZE_LIMITS } from '../transform/memory.js';
import { frameSize, preprocessFrame } from '../transform/normalise.js';
import type { PlanarImage, RgbImage } from '../transform/resize.js';
import type { ViewPreprocessing } from '../views/plan.js';

/** A frame as it arrives. */
export interface LiveFrame extends RgbImage {
  /** Seconds; ascending from frame to frame. */
  readonly time: number;
}

/** The newest clip of a stream. */
export interface LiveClip {
  /** Time of its newest frame, in seconds of the stream. */
  readonly time: number;
  /** Normalised pixels of the centre crop, `[1, 3, T, H, W]`. */
  readonly tensor: HostTensor<'float32'>;
  /** Frames that were dropped so far, since the consumer was slower than the source. */
  readonly drops: number;
  /** Frames that arrived after the newest of the clip and wait: how far behind it is. */
  readonly waiting: number;
  /** When its newest frame was pushed, by `performance.now()`: latency is what has passed since. */
  readonly arrivedAt: number;
}

/** Options of {@link LiveClips}. */
export interface LiveClipOptions {
  readonly preprocessing: ViewPreprocessing;
  /** Seconds of the stream from clip to clip; default 1. */
  readonly every?: number;
  /** Frames that may wait at most; default 64. */
  readonly queue?: number;
}

/** A rounding error of time stamps, in parts of a step. */
const SLACK = 1e-3;

/**
 * Takes frames by {@link push} and gives clips by iteration: one for every so many seconds of the stream, as
 * soon as a clip's whole span has been seen. Frames lie evenly, τ raw frames apart at the preprocessing's rate; where
 * frames are missing the next one stands for them.
 *
 * @example
 * const clips = new LiveClips({ preprocessing, every: 2 });
 * camera.on('frame', (frame) => clips.push(frame));
 * for await (const { tensor, drops } of clips) console.log(await classify(tensor), drops);
 */
export class LiveClips implements AsyncIterable<LiveClip> {
  readonly #preprocessing: ViewPreprocessing;
  readonly #every: number;
  readonly #limit: number;
  readonly #step: number;
  readonly #waiting: { readonly frame: LiveFrame; readonly arrivedAt: number }[] = [];
  readonly #images: PlanarImage[] = [];
  #drops = 0;
  #newest = -Infinity;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #nextStep: number | undefined;
  #nextClip: number | undefined;

  constructor(options: LiveClipOptions) {
    checkArguments('LiveClips', { options: [options, 'object'] });
    const { preprocessing, every = 1, queue = 64 } = options;
    checkArguments('LiveClips', { preprocessing: [preprocessing, 'object'] });
    if (!(every > 0)) throw wrong('every', 'seconds above 0', every);
    if (!Number.isInteger(queue) || queue < 1) {
      throw wrong('queue', 'a whole number of at least 1', queue);
    }
    this.#preprocessing = preprocessing;
    this.#every = every;
    this.#limit = queue;
    this.#step = preprocessing.clip.stride / preprocessing.clip.fps;
  }

  /** Frames that were dropped so far. */
  get drops(): number {
    return this.#drops;
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Frames in memory: those that wait, and those of the clip. */
  get held(): number {
    return this.#waiting.length + this.#images.length;
  }

  /**
   * Takes a frame; the oldest that waits goes when there are too many. Throws {@link MediaError} for a time
   * that is no later than the frame before.
   */
  push(frame: LiveFrame): void {
    if (this.#ended) return;
    if (!(frame.time > this.#newest)) {
      throw new MediaError({
        site: 'live frame',
        expected: `a time after ${this.#newest} s`,
        received: `${frame.time} s`,
      });
    }
    this.#newest = frame.time;
    this.#waiting.push({ frame, arrivedAt: performance.now() });
    if (this.#waiting.length > this.#limit) {
      this.#waiting.shift();
      this.#drops += 1;
    }
    this.#wake?.();
  }

  /** No more frames will come; the iteration ends after what waits, or throws the error at once. */
  end(error?: unknown): void {
    this.#ended = true;
    this.#failure ??= error;
    if (error !== undefined) this.#waiting.length = 0;
    this.#wake?.();
  }

  /** The clips as they become complete; breaking off drops all frames. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LiveClip, void, undefined> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next) {
          const clip = this.#take(next.frame, next.arrivedAt);
          if (clip) yield clip;
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#ended) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.#ended = true;
      this.#waiting.length = 0;
      this.#images.length = 0;
    }
  }

  #take(frame: LiveFrame, arrivedAt: number): LiveClip | undefined {
    const { frames } = this.#preprocessing.clip;
    this.#nextStep ??= frame.time;
    if (frame.time < this.#nextStep - SLACK * this.#step) return undefined;
    const size = frameSize(this.#preprocessing, frame);
    checkResized('live frame', size, SIZE_LIMITS.maxPixels);
    checkClipBytes('live frame', size, frames, SIZE_LIMITS.maxClipBytes);
    const image = preprocessFrame(frame, this.#preprocessing);
    // After a gap longer than the clip there is nothing else in it.
    const missed = Math.floor((frame.time - this.#nextStep) / this.#step + SLACK) + 1;
    for (let i = 0; i < Math.min(missed, frames); i++) this.#images.push(image);
    while (this.#images.length > frames) this.#images.shift();
    this.#nextStep += missed * this.#step;
    if (this.#images.length < frames) return undefined;
    this.#nextClip ??= frame.time;
    if (frame.time < this.#nextClip - SLACK * this.#step) return undefined;
    const behind = Math.floor((frame.time - this.#nextClip) / this.#every + SLACK) + 1;
    this.#nextClip += behind * this.#every;
    return {
      time: frame.time,
      tensor: this.#tensor(),
      drops: this.#drops,
      waiting: this.#waiting.length,
      arrivedAt,
    };
  }

  #tensor(): HostTensor<'float32'> {
    const { stretch, sampling, crop } = this.#preprocessing;
    const size = frameSize(this.#preprocessing, this.#images[0]!);
    if (stretch) return cropClip(this.#images, { x: 0, y: 0 }, stretch);
    return cropClip(this.#images, cropOffsets(sampling, size, crop, 1)[0]!, crop);
  }
}

const wrong = (option: string, expected: string, received: number): SpecError =>
  new SpecError({ site: `LiveClips.${option}`, expected, received: `${received}` });

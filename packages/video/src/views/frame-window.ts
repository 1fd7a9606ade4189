/** @file The resized frames that clips still need. Needs no Node API. */
import type { PlanarImage } from '../transform/resize.js';
import type { ViewPlan } from './plan.js';

/** The part of a plan that says which frames are needed, and until when. */
export type WindowPlan = Pick<ViewPlan, 'clips' | 'needed' | 'lastUse'>;

/** Takes frames in order, keeps those that are needed, forgets them clip by clip. */
export class FrameWindow {
  readonly #frames = new Map<number, PlanarImage>();
  readonly #plan: WindowPlan;
  #filled = 0;
  #latest: PlanarImage | undefined;

  constructor(plan: WindowPlan) {
    this.#plan = plan;
  }

  /** Frames held. */
  get size(): number {
    return this.#frames.size;
  }

  /** Takes a frame; needed frames that were lost before it are filled with the one before them. */
  add(index: number, image: PlanarImage): void {
    while (this.#next() < index) this.#store(this.#latest ?? image);
    this.#latest = image;
    if (this.#next() === index) this.#store(image);
  }

  /** Fills what never came with the last frame that did; false if none did. */
  finish(): boolean {
    if (!this.#latest) return false;
    while (this.#next() < Infinity) this.#store(this.#latest);
    return true;
  }

  /** Whether every needed frame up to this one is there. */
  reaches(index: number): boolean {
    return this.#next() > index;
  }

  /** The images of a clip's frames. */
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

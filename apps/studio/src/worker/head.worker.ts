/** @file The worker that trains heads, so that the page is never blocked. */
import { headAccuracy, trainHead, type Example, type SoftmaxHead } from '../train/softmax-head.js';
import { offer } from './calls.js';

/** A head, which part of its own examples it gets right, and how long it learned. */
export interface TrainedHead {
  readonly head: SoftmaxHead;
  readonly accuracy: number;
  readonly milliseconds: number;
}

const offers = {
  train({
    examples,
    classes,
  }: {
    readonly examples: readonly Example[];
    readonly classes: number;
  }): Promise<TrainedHead> {
    const began = performance.now();
    const head = trainHead(examples, classes);
    const milliseconds = Math.round(performance.now() - began);
    return Promise.resolve({ head, accuracy: headAccuracy(head, examples), milliseconds });
  },
};

/** What this worker does. */
export type HeadOffers = typeof offers;

offer(offers);

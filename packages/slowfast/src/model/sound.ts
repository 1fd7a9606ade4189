/** @file Models that hear, where nothing can be heard. */
import { SpecError, type Preprocessing } from '@slowfast/core';

/** Throws {@link SpecError} for a model that hears, where only pictures come: in training, or while a stream plays. */
export function refuseSound(name: string, { sound }: Preprocessing, purpose: string): void {
  if (!sound) return;
  throw new SpecError({
    site: name,
    expected: `a model that only sees, as ${purpose} takes no sound`,
    received: 'one that hears, too',
    remedy: 'Take another for this; classify, evaluate, features, segment and explain take sound',
  });
}

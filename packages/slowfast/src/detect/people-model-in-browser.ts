/** @file In the place of `people-model.ts` in bundles for a page (`browser` of package.json): the detector's files are Node's. */
import { RuntimeError } from '@slowfast/core';

/** Rejects with {@link RuntimeError}. */
export async function modelFolder(): Promise<never> {
  throw new RuntimeError({
    site: 'people',
    expected:
      'in a page a function that finds people, since the detector is installed where Node runs',
    received: 'none',
    remedy: 'Give people: { origin, find } of your own',
  });
}

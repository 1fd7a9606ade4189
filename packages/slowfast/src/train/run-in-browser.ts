/** @file In the place of `run.ts` in bundles for a page (`browser` of package.json): training reads folders of videos. */
import { RuntimeError } from '@slowfast/core';

/** Rejects with {@link RuntimeError}. */
export async function runTraining(): Promise<never> {
  throw new RuntimeError({
    site: 'trainModel',
    expected: 'Node, whose file system holds the videos and the run',
    received: 'a browser',
    remedy: 'Train in Node, or in a page with `train` of @slowfast/training on clips of its own',
  });
}

/** Rejects with {@link RuntimeError}. */
export const planRun = runTraining;

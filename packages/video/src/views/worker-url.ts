/** @file Where the thread that makes views is started from. */
import type { Video } from '../types.js';

/**
 * Compiled, the worker lies in the package; from TypeScript sources there is none to start. `undefined` to stay on this
 * thread.
 */
export function workerUrl(video: Video, choice: 'auto' | 'off' | URL = 'auto'): URL | undefined {
  if (!video.source || choice === 'off') return undefined;
  if (choice instanceof URL) return choice;
  return import.meta.url.endsWith('.ts')
    ? undefined
    : new URL('../node/view-worker.js', import.meta.url);
}

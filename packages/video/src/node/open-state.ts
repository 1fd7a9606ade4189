/** @file What every open video has, whatever it is kept as: its warnings, and its end. */
import { MediaError } from '@slowfast/core';
import type { Video } from '../types.js';

/** The part of a video that is the same for all, and what its frames need of it. */
export interface OpenState {
  readonly shared: Pick<
    Video,
    'path' | 'warnings' | 'warn' | 'closed' | 'close' | typeof Symbol.asyncDispose
  >;
  /** A signal that also stops when the video is closed. */
  untilClosed(signal: AbortSignal | undefined): AbortSignal;
}

/** The state of a video that is open, with warnings that there are already. */
export function openState(path: string, warnings: string[] = []): OpenState {
  const closing = new AbortController();
  const close = async (): Promise<void> => {
    closing.abort(
      new MediaError({ site: path, expected: 'an open video', received: 'one that was closed' }),
    );
  };
  return {
    shared: {
      path,
      warnings,
      warn: (message) => {
        if (!warnings.includes(message)) warnings.push(message);
      },
      closed: closing.signal,
      close,
      [Symbol.asyncDispose]: close,
    },
    untilClosed: (signal) => (signal ? AbortSignal.any([signal, closing.signal]) : closing.signal),
  };
}

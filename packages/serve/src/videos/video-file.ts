/** @file Videos of clients, in temporary files of bounded size. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { RequestError } from '../request-error.js';

/** A video in a file, which is removed with its folder. */
export interface VideoFile extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
}

/** What a video may be. */
export interface VideoBounds {
  readonly maxBytes: number;
  /** Milliseconds without a byte after which it is given up. */
  readonly silence: number;
  readonly signal: AbortSignal;
}

/** What is said of a video that is too large. */
export const tooLarge = (site: string, maxBytes: number, received: string): RequestError =>
  new RequestError(413, { site, expected: `at most ${maxBytes} bytes`, received });

/**
 * Writes a stream to a file of its own. Rejects with a RequestError of status 413 for more bytes than are allowed, 408 for a
 * stream that falls silent, 400 for an empty one; nothing is left of it then.
 */
export async function spooled(
  source: Readable,
  { maxBytes, silence, signal }: VideoBounds,
): Promise<VideoFile> {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-serve-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'video');
  const quiet = new AbortController();
  const giveUp = (): void =>
    quiet.abort(
      new RequestError(408, {
        site: 'video',
        expected: 'bytes that keep coming',
        received: `none for ${silence / 1000} s`,
      }),
    );
  let timer = setTimeout(giveUp, silence);
  let bytes = 0;
  const stop = AbortSignal.any([signal, quiet.signal]);
  const stopped = new Promise<never>((_, reject) =>
    stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true }),
  );
  // Whoever waits for nothing else hears of it below.
  stopped.catch(() => undefined);
  try {
    stop.throwIfAborted();
    // The mode is the folder's, too: nobody else on this machine reads what a client sent.
    await using file = await open(path, 'wx', 0o600);
    // A stream that is a request stays open, so that it can be answered.
    const chunks = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    for (;;) {
      const { value: chunk, done } = await Promise.race([chunks.next(), stopped]);
      if (done) break;
      clearTimeout(timer);
      timer = setTimeout(giveUp, silence);
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge('video', maxBytes, 'more');
      await file.writeFile(chunk);
    }
    if (bytes === 0) {
      throw new RequestError(400, {
        site: 'video',
        expected: 'the bytes of a video as the body',
        received: 'none',
      });
    }
    return { path, bytes, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @file A video at work on a server: how far it is, one step after another, and what comes of it. */
import { RuntimeError, SpecError } from '@slowfast/core';
import { eventsOf } from './event-reader.js';
import { ServerError, answered } from './server-error.js';

/** How far a video is. */
export type VideoProgress =
  /** It waits for its turn, behind so many others. */
  | { readonly stage: 'waiting'; readonly ahead: number }
  /** Views, key frames or windows that are done. */
  | { readonly stage: 'running'; readonly done: number; readonly total: number };

/**
 * A video on a server: its result by `await`, its progress by `for await`, in either order. Nothing is sent before one of
 * both, and once altogether.
 */
export type VideoTask<T> = AsyncIterable<VideoProgress> & PromiseLike<T>;

/**
 * A video to send: bytes, a Blob or File, a stream; a path or `file:` URL in Node; or the `https:` URL of one that the server
 * is to fetch, where it is allowed to.
 */
export type VideoSource =
  Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | URL | string;

/** Sends a video and reads what comes back. */
export function videoTask<T>(
  send: typeof fetch,
  url: URL,
  source: VideoSource,
  init: RequestInit,
  resultOf: (value: unknown) => T,
): VideoTask<T> {
  const steps: VideoProgress[] = [];
  let wake: () => void = () => undefined;
  let isOver = false;
  const site = `POST ${url.href}`;

  async function run(): Promise<T> {
    const { body, headers, ...more } = await bodyOf(source);
    const response = await answered(send, url, {
      ...init,
      ...more,
      method: 'POST',
      body,
      headers: { ...(init.headers as object), ...headers, accept: 'text/event-stream' },
    });
    for await (const { name, data } of eventsOf(response.body!)) {
      const value: unknown = JSON.parse(data);
      if (name === 'result') return resultOf(value);
      if (name === 'error') {
        const { status, error } = value as { status: number; error: string };
        throw new ServerError(site, status, error);
      }
      steps.push(value as VideoProgress);
      wake();
    }
    throw new RuntimeError({
      site,
      expected: 'a result',
      received: 'a connection that ended before it',
    });
  }

  let running: Promise<T> | undefined;
  const result = (): Promise<T> => {
    running ??= run().finally(() => {
      isOver = true;
      wake();
    });
    // Whoever only looks at progress is told there.
    running.catch(() => undefined);
    return running;
  };

  async function* progress(): AsyncGenerator<VideoProgress, void, undefined> {
    const all = result();
    for (let at = 0; ; at++) {
      while (at >= steps.length && !isOver) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (at >= steps.length) break;
      yield steps[at]!;
    }
    await all;
  }

  return {
    [Symbol.asyncIterator]: progress,
    // What makes it possible to await the result.
    then: (fulfilled, rejected) => result().then(fulfilled, rejected),
  };
}

interface Body {
  readonly body: NonNullable<RequestInit['body']>;
  readonly headers: object;
  readonly duplex?: 'half';
}

async function bodyOf(source: VideoSource): Promise<Body> {
  const headers = { 'content-type': 'application/octet-stream' };
  if (source instanceof URL && source.protocol !== 'file:') {
    return {
      body: JSON.stringify({ url: source.href }),
      headers: { 'content-type': 'application/json' },
    };
  }
  if (typeof source === 'string' || source instanceof URL) {
    const { openAsBlob } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs');
    const { fileURLToPath } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:url');
    const path = typeof source === 'string' ? source : fileURLToPath(source);
    const body = await openAsBlob(path).catch((cause: Error) => {
      throw new SpecError({ site: path, expected: 'a file', received: cause.message, cause });
    });
    return { body, headers };
  }
  if (source instanceof ReadableStream) return { body: source, headers, duplex: 'half' };
  return { body: source as Blob, headers };
}

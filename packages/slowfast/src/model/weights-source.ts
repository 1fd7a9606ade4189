/** @file Weights from wherever they are. */
import {
  SpecError,
  WeightError,
  blobSource,
  bytesSource,
  fileSource,
  type ByteSource,
} from '@slowfast/core';

/** Where weights are: a path, a URL (also as text), a Blob or File, bytes, or a source of one's own. */
export type WeightsInput = string | URL | Blob | Uint8Array | ArrayBuffer | ByteSource;

/**
 * Opens weights for reading. In a browser a text is a URL, relative to the page. Rejects with {@link WeightError}
 * where they cannot be read, and with {@link SpecError} for something else.
 */
export async function weightsSource(input: WeightsInput): Promise<ByteSource> {
  if (typeof input === 'string') {
    const url = urlOf(input);
    return url ? urlSource(url) : fileSource(input);
  }
  if (input instanceof URL) return urlSource(input);
  if (input instanceof Uint8Array) return bytesSource(input);
  if (input instanceof ArrayBuffer) return bytesSource(new Uint8Array(input));
  if (input instanceof Blob) return blobSource(input);
  if (typeof input?.read === 'function' && typeof input.size === 'number') return input;
  throw new SpecError({
    site: 'weights',
    expected: "a path, URL, Blob, bytes, a source, or 'initialised'",
    received: input === null ? 'null' : typeof input,
  });
}

/** A text that is a URL; paths are none, also those of Windows (`C:\`). */
function urlOf(text: string): URL | undefined {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  if (page) return new URL(text, page.href);
  return /^(https?|file|data|blob):/i.test(text) ? new URL(text) : undefined;
}

async function urlSource(url: URL): Promise<ByteSource> {
  if (url.protocol === 'file:') {
    const { fileURLToPath } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:url');
    return fileSource(fileURLToPath(url));
  }
  // What a data: URL holds does not belong into a message.
  const name = url.href.slice(0, 200);
  const failure = (received: string, cause?: unknown): WeightError =>
    new WeightError({ site: name, expected: 'weights that can be fetched', received, cause });
  const response = await fetch(url).catch((cause: Error) => {
    throw failure(cause.message, cause);
  });
  if (!response.ok) throw failure(`status ${response.status}`);
  return bytesSource(new Uint8Array(await response.arrayBuffer()), name);
}

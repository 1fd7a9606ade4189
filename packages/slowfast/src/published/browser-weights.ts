/** @file The same in a browser: by `fetch`, which the host has to allow, kept in Cache Storage. */
import { bytesSource, SpecError, WeightError } from '@slowfast/core';
import { publishedCheckpoints, SHORT_NAMES } from '@slowfast/models';
import { noWeights } from '../download/no-weights.js';
import type { NamedWeights } from './named-weights.js';
import type { PullOptions } from './pull.js';
import { weightsReference, type WeightsReference } from './reference.js';

const CACHE = 'slowfast-weights';

/** What is used of Cache Storage, which Node has no types for. */
interface Caches {
  open(name: string): Promise<{
    match(url: string): Promise<Response | undefined>;
    put(url: string, response: Response): Promise<void>;
  }>;
}

/** Bytes that a page takes for one file: it has them in memory. */
const MOST = 2 ** 30;

/**
 * The weights of a name of the index or `hf:…`, from Cache Storage or the web; nothing for another text, which is an
 * address relative to the page. Rejects with {@link WeightError} for what is not the file, and with {@link SpecError}
 * where it is not in the cache and may not be fetched.
 */
export async function browserWeights(
  text: string,
  { offline = false, signal, onProgress }: PullOptions,
): Promise<NamedWeights | undefined> {
  const isName =
    /^hf:/i.test(text) ||
    Object.hasOwn(SHORT_NAMES, text) ||
    (await publishedCheckpoints()).some(({ id }) => id === text);
  if (!isName) return undefined;
  const reference = (await weightsReference(text))!;
  const { id, url, network } = reference;
  // Only pages of a safe origin have it.
  const cache = await (globalThis as { readonly caches?: Caches }).caches?.open(CACHE);
  const response = await cache?.match(url);
  if (!response && offline) {
    throw new SpecError({
      site: id,
      expected: 'weights in the cache, since this is offline',
      received: 'none',
    });
  }
  const bytes = response
    ? new Uint8Array(await response.arrayBuffer())
    : await fetched(reference, signal, (done, total) => onProgress?.(done, total, id));
  if (!response) {
    await check(reference, bytes);
    await cache?.put(url, new Response(bytes));
  }
  const options = network ? { ...network.options, model: network.model } : {};
  return { source: bytesSource(bytes, id), options };
}

async function fetched(
  { id, url }: WeightsReference,
  signal: AbortSignal | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, signal ? { signal } : {}).catch((cause: Error) => {
    signal?.throwIfAborted();
    throw failure(id, `${cause.message} (${url})`, {
      cause,
      remedy:
        'Its host may not allow other pages to fetch it: serve it yourself, and give its address',
    });
  });
  if (!response.ok || !response.body) throw failure(id, `status ${response.status} (${url})`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { value, done: isEnd } = await reader.read();
    if (isEnd) break;
    parts.push(value);
    done += value.length;
    if (done > MOST) {
      await reader.cancel();
      throw failure(id, `more than ${MOST} bytes`);
    }
    onProgress(done, total);
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const error = noWeights(id, bytes, response.headers.get('content-type'));
  if (error) throw error;
  return bytes;
}

async function check(
  { id, sha256, sha1, size }: WeightsReference,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (size !== undefined && bytes.length !== size) throw failure(id, `${bytes.length} bytes`);
  for (const [name, digits] of [
    ['SHA-256', sha256],
    ['SHA-1', sha1],
  ] as const) {
    if (digits === undefined) continue;
    const hash = new Uint8Array(await crypto.subtle.digest(name, bytes));
    const text = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (!text.startsWith(digits)) throw failure(id, `the ${name} ${text}`);
  }
}

const failure = (
  id: string,
  received: string,
  more: { readonly cause?: unknown; readonly remedy?: string } = {},
): WeightError => new WeightError({ site: id, expected: 'the published file', received, ...more });

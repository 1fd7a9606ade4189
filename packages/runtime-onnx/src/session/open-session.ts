/** @file Opens a session on the first of the preferred providers that works here. */
import { RuntimeError, WeightError } from '@slowfast/core';
import { collectBytes, type OnnxFile } from '../export/export-onnx.js';
import { ortLine, type OnnxBackend, type OnnxProvider } from './backend.js';
import { MAPPED_FROM, mappedModel, type MappedModel, type OpenFile } from './mapped-model.js';
import type { CachedModel } from './model-cache.js';
import type { OrtModule, OrtSession, OrtSessionOptions } from './ort.js';
import { openInWorker } from './session-worker.js';

/** A provider that could not be used, and why. */
export interface Skipped {
  readonly provider: OnnxProvider;
  readonly reason: string;
}

/** How to open a session. */
export interface SessionOptions {
  /** By preference; default: the processor. */
  readonly providers?: readonly OnnxProvider[] | undefined;
  /**
   * Threads of the processor; default: ONNX Runtime's own choice. onnxruntime-web has one set of threads
   * for all sessions: what the first of them asks for holds, one where the page may not share memory.
   */
  readonly threads?: number;
  /**
   * Whether a worker thread computes. onnxruntime-node keeps the thread that asks busy: with a worker,
   * decoding and preprocessing go on during a run, for a copy of the feeds. Needs Node and
   * onnxruntime-node; `auto` is true there and false elsewhere. Default false.
   */
  readonly worker?: boolean | 'auto';
  /**
   * Sessions, each with `threads` of its own and in its own worker, which it needs: so many runs go on at once. A
   * processor does more in all this way than with all threads in one run; a single run takes longer. Default 1.
   */
  readonly sessions?: number;
}

/** Sessions and where they run. */
export interface OpenSession {
  /** Is open. */
  readonly first: OrtSession;
  /** At least one, the first of them open; of a model that was kept, the others may still be opening. */
  readonly sessions: readonly Promise<OrtSession>[];
  readonly provider: OnnxProvider;
  /** Threads of the processor, where they are known. */
  readonly threads: number | undefined;
  /** Whether a worker thread computes. */
  readonly worker: boolean;
  readonly skipped: readonly Skipped[];
  /** Ends the sessions. */
  release(): Promise<void>;
}

/** A file by its path; or bytes, or what they are made of, for a provider: a worker takes them over. */
export type ModelSource = string | ((provider: OnnxProvider) => Promise<Uint8Array | OnnxFile>);

/** The place in a cache of what is arranged from a source for a provider; undefined where it has none. */
export type CachePlace = (provider: OnnxProvider) => Promise<CachedModel | undefined>;

/** The threads with which each module of onnxruntime-web was started. */
const started = new WeakMap<OrtModule, number | undefined>();

/**
 * Tries each provider; operators that one lacks run on the processor. Rejects with {@link RuntimeError}
 * that gives the reason of each when none works.
 */
export async function openSession(
  { kind, name, ort }: OnnxBackend,
  source: ModelSource,
  options: SessionOptions,
  site: string,
  placeOf?: CachePlace,
): Promise<OpenSession> {
  const providers = options.providers ?? [kind === 'node' ? 'cpu' : 'wasm'];
  const usesWorker = options.worker === 'auto' ? kind === 'node' : options.worker === true;
  checkOptions(kind, providers, { ...options, worker: usesWorker }, site);
  const { threads, sessions: count = 1 } = options;
  const { wasm } = ort.env;
  if (kind === 'web' && threads !== undefined && !started.has(ort)) wasm.numThreads = threads;
  const skipped: Skipped[] = [];
  const causes: unknown[] = [];
  for (const provider of providers) {
    const settings: OrtSessionOptions = {
      executionProviders: [provider],
      // Planning memory ahead takes a fifth more of it on processors, and is no faster.
      ...(provider === 'cpu' ? { enableMemPattern: false } : {}),
      ...(kind === 'node' && threads !== undefined ? { intraOpNumThreads: threads } : {}),
    };
    const open = (
      model: Uint8Array | string,
      more?: Partial<OrtSessionOptions>,
    ): Promise<OrtSession> =>
      usesWorker
        ? openInWorker(model, { ...settings, ...more }, site)
        : ort.InferenceSession.create(model, { ...settings, ...more });
    const finished = (ready: Opened): OpenSession => {
      // On starting, onnxruntime-web writes how many threads it got.
      if (kind === 'web' && !started.has(ort)) started.set(ort, wasm.numThreads);
      return {
        ...ready,
        ...{ provider, skipped },
        threads: kind === 'web' ? started.get(ort) : threads,
        worker: usesWorker,
      };
    };
    const isMappable = kind === 'node' && provider === 'cpu';
    // Not within the try: weights that do not fit, or cannot be read, are no fault of the provider.
    const place = isMappable ? await placeOf?.(provider) : undefined;
    const stored = await place?.find();
    // What was kept and cannot be opened is made again, elsewhere.
    const opened = stored && (await openAll(stored, open, count).catch(() => undefined));
    if (opened) return finished(opened);
    const model = typeof source === 'string' ? source : await source(provider);
    const mapped =
      isMappable && !(model instanceof Uint8Array)
        ? await inFiles(model, open, stored ? undefined : place)
        : undefined;
    try {
      return finished(await openAll(mapped ?? (await inOne(model)), open, count));
    } catch (error) {
      await mapped?.remove();
      // Weights are read while their bytes are written, and are no fault of the provider.
      if (error instanceof WeightError) throw error;
      skipped.push({ provider, reason: ortLine(error) });
      causes.push(error);
    }
  }
  const reasons = skipped.map(({ provider, reason }) => `${provider}: ${reason}`);
  throw new RuntimeError({
    site,
    expected: `a session of ${name} on ${providers.join(' or ')}`,
    received: reasons.join('; '),
    ...(providers.some((provider) => provider === 'cpu' || provider === 'wasm')
      ? remedyOfReasons(reasons)
      : { remedy: `Add '${kind === 'node' ? 'cpu' : 'wasm'}' to the providers` }),
    cause: causes[0],
  });
}

/** What helps where a bundler (esbuild) has not brought the WebAssembly along. */
const remedyOfReasons = (reasons: readonly string[]): { readonly remedy?: string } =>
  reasons.some((reason) => /fetching of the wasm failed/.test(reason))
    ? { remedy: "Copy onnxruntime-web/dist/ort-wasm-simd-threaded*.wasm beside the page's script" }
    : {};

type OpenModel = OpenFile & ((model: Uint8Array) => Promise<OrtSession>);

/** A model in files, where it is kept or large; undefined where they cannot be made, as without space for them. */
async function inFiles(
  model: OnnxFile | string,
  open: OpenFile,
  place: CachedModel | undefined,
): Promise<MappedModel | undefined> {
  try {
    const stored = await place?.make(model, open);
    if (stored || typeof model === 'string') return stored;
    return model.size < MAPPED_FROM ? undefined : await mappedModel(model, open);
  } catch (error) {
    if (error instanceof WeightError) throw error;
    return undefined;
  }
}

const inOne = async (model: Uint8Array | OnnxFile | string): Promise<Uint8Array | string> =>
  isFile(model) ? collectBytes(model) : model;

const isFile = (model: Uint8Array | OnnxFile | string): model is OnnxFile =>
  typeof model === 'object' && 'apart' in model;

type Opened = Pick<OpenSession, 'first' | 'sessions' | 'release'>;

async function openAll(
  model: MappedModel | Uint8Array | string,
  open: OpenModel,
  count: number,
): Promise<Opened> {
  const isMapped = typeof model === 'object' && 'path' in model;
  const sessions: Promise<OrtSession>[] = [];
  const end = async (): Promise<void> => {
    for (const opening of await Promise.allSettled(sessions)) {
      if (opening.status === 'fulfilled') await opening.value.release();
    }
  };
  const add = (session: Promise<OrtSession>): Promise<OrtSession> => {
    sessions.push(session);
    // Whoever waits for it is told; it may be that nobody does.
    session.catch(() => undefined);
    return session;
  };
  try {
    if (isMapped) {
      const openOne = (): Promise<OrtSession> => open(model.path, model.options);
      const first = add(openOne());
      // A first run need not wait for the others, if the files stay. Each takes its time on one core in any case.
      if (model.isKept) await first;
      for (let i = 1; i < count; i++) add(openOne());
      if (!model.isKept) await Promise.all(sessions);
    } else {
      for (let i = 0; i < count; i++) {
        // The last takes the bytes over; the others get copies, not slice(), which Node's Buffer shares.
        const isCopy = model instanceof Uint8Array && i < count - 1;
        await add(open((isCopy ? new Uint8Array(model) : model) as Uint8Array));
      }
    }
  } catch (error) {
    await end();
    throw error;
  }
  const first = await sessions[0]!;
  if (!isMapped) return { first, sessions, release: end };
  // Windows keeps files that are in use; elsewhere nothing is left behind, however this process ends.
  const isLater = process.platform === 'win32';
  if (!isLater) await model.remove();
  return { first, sessions, release: isLater ? () => end().then(() => model.remove()) : end };
}

function checkOptions(
  kind: OnnxBackend['kind'],
  providers: readonly OnnxProvider[],
  { threads, worker = false, sessions = 1 }: SessionOptions,
  site: string,
): void {
  if (!Array.isArray(providers) || providers.length === 0) {
    const received = typeof providers === 'string' ? `'${String(providers)}'` : 'none';
    throw new RuntimeError({ site, expected: "at least one provider, or 'fastest'", received });
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RuntimeError({
      site,
      expected: 'a whole number of threads of at least 1',
      received: `${threads}`,
    });
  }
  if (!(Number.isInteger(sessions) && sessions >= 1)) {
    throw new RuntimeError({
      site,
      expected: 'a whole number of sessions of at least 1',
      received: `${sessions}`,
    });
  }
  if (sessions > 1 && worker !== true) {
    throw new RuntimeError({
      site,
      expected: 'a worker for each of several sessions',
      received: 'none',
      remedy: "Add worker: 'auto', with onnxruntime-node",
    });
  }
  if (worker === true && kind === 'web') {
    throw new RuntimeError({
      site,
      expected: 'onnxruntime-node for a worker',
      received: 'onnxruntime-web',
      remedy: 'Leave out the option worker, or run all of your code in a worker',
    });
  }
}

/** @file Opens a session on the first of the preferred providers that works here. */
import { RuntimeError } from '@slowfast/core';
import { firstLine, type OnnxBackend, type OnnxProvider } from './backend.js';
import type { OrtModule, OrtSession } from './ort.js';
import { startSessionWorker } from './session-worker.js';

/** A provider that could not be used, and why. */
export interface PassedOver {
  readonly provider: OnnxProvider;
  readonly reason: string;
}

/** How to open a session. */
export interface SessionOptions {
  /** By preference; default: the processor. */
  readonly providers?: readonly OnnxProvider[];
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
}

/** A session and where it runs. */
export interface OpenSession {
  readonly session: OrtSession;
  readonly provider: OnnxProvider;
  /** Threads of the processor, where they are known. */
  readonly threads: number | undefined;
  /** Whether a worker thread computes. */
  readonly worker: boolean;
  readonly passedOver: readonly PassedOver[];
}

/** A file by its path, or bytes for a provider; a worker takes them over, so they are made for each try. */
export type ModelSource = string | ((provider: OnnxProvider) => Promise<Uint8Array>);

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
): Promise<OpenSession> {
  const providers = options.providers ?? [kind === 'node' ? 'cpu' : 'wasm'];
  checkOptions(kind, providers, options, site);
  const usesWorker = options.worker === 'auto' ? kind === 'node' : options.worker === true;
  const { threads } = options;
  const { wasm } = ort.env;
  if (kind === 'web' && threads !== undefined && !started.has(ort)) wasm.numThreads = threads;
  const passedOver: PassedOver[] = [];
  const causes: unknown[] = [];
  for (const provider of providers) {
    // Not within the try: weights that do not fit are no fault of the provider.
    const model = typeof source === 'string' ? source : await source(provider);
    const worker = usesWorker ? await startSessionWorker(model, site) : undefined;
    try {
      const settings = {
        executionProviders: [provider],
        // Planning memory ahead takes a fifth more of it on processors, and is no faster.
        ...(provider === 'cpu' ? { enableMemPattern: false } : {}),
        ...(kind === 'node' && threads !== undefined ? { intraOpNumThreads: threads } : {}),
      };
      const session = await (worker
        ? worker.create(settings)
        : ort.InferenceSession.create(model, settings));
      // On starting, onnxruntime-web writes how many threads it got.
      if (kind === 'web' && !started.has(ort)) started.set(ort, wasm.numThreads);
      return {
        session,
        provider,
        threads: kind === 'web' ? started.get(ort) : threads,
        worker: usesWorker,
        passedOver,
      };
    } catch (error) {
      await worker?.close();
      passedOver.push({ provider, reason: firstLine(error) });
      causes.push(error);
    }
  }
  const reasons = passedOver.map(({ provider, reason }) => `${provider}: ${reason}`);
  throw new RuntimeError({
    site,
    expected: `a session of ${name} on ${providers.join(' or ')}`,
    received: reasons.join('; '),
    ...(providers.some((provider) => provider === 'cpu' || provider === 'wasm')
      ? {}
      : { remedy: `Add '${kind === 'node' ? 'cpu' : 'wasm'}' to the providers` }),
    cause: causes[0],
  });
}

function checkOptions(
  kind: OnnxBackend['kind'],
  providers: readonly OnnxProvider[],
  { threads, worker = false }: SessionOptions,
  site: string,
): void {
  if (providers.length === 0) {
    throw new RuntimeError({ site, expected: 'at least one provider', received: 'none' });
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RuntimeError({
      site,
      expected: 'a whole number of threads of at least 1',
      received: `${threads}`,
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

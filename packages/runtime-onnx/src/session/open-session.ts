/** @file Opens a session on the first of the preferred providers that works here. */
import { RuntimeError } from '@slowfast/core';
import { firstLine, type OnnxBackend, type OnnxProvider } from './backend.js';
import type { OrtSession } from './ort.js';

/** A provider that could not be used, and why. */
export interface PassedOver {
  readonly provider: OnnxProvider;
  readonly reason: string;
}

/** How to open a session. */
export interface SessionOptions {
  /** By preference; default: the processor. */
  readonly providers?: readonly OnnxProvider[];
  /** Threads of the processor; default: ONNX Runtime's own choice. */
  readonly threads?: number;
}

/** A session and where it runs. */
export interface OpenSession {
  readonly session: OrtSession;
  readonly provider: OnnxProvider;
  readonly passedOver: readonly PassedOver[];
}

/**
 * Tries each provider; operators that one lacks run on the processor. Rejects with {@link RuntimeError}
 * that gives the reason of each when none works. `model` is called once: it makes the bytes.
 */
export async function openSession(
  { kind, name, ort }: OnnxBackend,
  model: Uint8Array | string,
  options: SessionOptions,
  site: string,
): Promise<OpenSession> {
  const providers = options.providers ?? [kind === 'node' ? 'cpu' : 'wasm'];
  checkOptions(providers, options.threads, site);
  const { threads } = options;
  if (kind === 'web' && threads !== undefined) ort.env.wasm.numThreads = threads;
  const passedOver: PassedOver[] = [];
  const causes: unknown[] = [];
  for (const provider of providers) {
    try {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [provider],
        ...(kind === 'node' && threads !== undefined ? { intraOpNumThreads: threads } : {}),
      });
      return { session, provider, passedOver };
    } catch (error) {
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
  providers: readonly OnnxProvider[],
  threads: number | undefined,
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
}

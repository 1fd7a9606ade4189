/** @file What of ONNX Runtime works here, for `slowfast doctor`. */
import { GraphBuilder, RuntimeError, memoryStore } from '@slowfast/core';
import { onnxBytes } from '../export/export-onnx.js';
import {
  ortLine,
  importModule,
  openBackend,
  type ImportModule,
  type OnnxBackend,
  type OnnxProvider,
} from './backend.js';
import { openSession, type Skipped } from './open-session.js';

/** One of the two packages and what it can do here. */
export interface OnnxBackendStatus {
  /** The npm package. */
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  readonly available: boolean;
  readonly version?: string;
  /** Providers on which a small model was loaded just now. */
  readonly providers: readonly OnnxProvider[];
  /** Providers that the package knows but that do not work here. */
  readonly unavailable: readonly Skipped[];
  /** Why the package cannot be used. */
  readonly reason?: string;
}

const KNOWN: readonly OnnxProvider[] = ['cuda', 'tensorrt', 'coreml', 'dml', 'webgpu', 'cpu'];

/** Imports both packages and loads a model of one node on each provider that they know. Never rejects. */
export async function availableOnnxBackends(
  load: ImportModule = importModule,
): Promise<readonly OnnxBackendStatus[]> {
  const model = await onnxBytes(tinyModel(), memoryStore([]));
  return [await statusOf('node', model, load), await statusOf('web', model, load)];
}

async function statusOf(
  kind: 'node' | 'web',
  model: Uint8Array,
  load: ImportModule,
): Promise<OnnxBackendStatus> {
  const name = kind === 'node' ? 'onnxruntime-node' : 'onnxruntime-web';
  let backend: OnnxBackend;
  try {
    backend = await openBackend(kind, load, ['webgpu']);
  } catch (error) {
    const reason = ortLine(causeOf(error));
    return { name, available: false, providers: [], unavailable: [], reason };
  }
  const providers: OnnxProvider[] = [];
  const unavailable: Skipped[] = [];
  for (const provider of providersOf(backend)) {
    const options = { providers: [provider] };
    try {
      const { release } = await openSession(backend, async () => model, options, 'probe');
      await release();
      providers.push(provider);
    } catch (error) {
      unavailable.push({ provider, reason: ortLine(causeOf(error)) });
    }
  }
  const { version } = backend;
  const available = providers.length > 0;
  return { name, available, ...(version ? { version } : {}), providers, unavailable };
}

/** What ONNX Runtime or the import said, without our words around it. */
const causeOf = (error: unknown): unknown =>
  (error instanceof RuntimeError ? error.cause : undefined) ?? error;

function providersOf({ kind, ort }: OnnxBackend): readonly OnnxProvider[] {
  if (kind === 'web') return ['webgpu', 'wasm'];
  const names = new Set(ort.listSupportedBackends?.().map(({ name }) => name) ?? ['cpu']);
  return KNOWN.filter((provider) => names.has(provider));
}

function tinyModel(): Parameters<typeof onnxBytes>[0] {
  const g = GraphBuilder.empty('probe');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 1] });
  return { name: 'probe', graph: g.build({ y: g.relu(x) }) };
}

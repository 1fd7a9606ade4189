/** @file The two ONNX Runtime packages, imported when they are needed. */
import { firstLine, isNode, RuntimeError } from '@slowfast/core';
import type { OrtModule } from './ort.js';

/** Where a model can run; which of them exist depends on the package and the machine. */
export type OnnxProvider = 'cuda' | 'tensorrt' | 'coreml' | 'dml' | 'webgpu' | 'wasm' | 'cpu';

/** The package to run with: `node` (native), `web` (WebAssembly, WebGPU), or `auto`. */
export type OnnxBackendChoice = 'node' | 'web' | 'auto';

/** An imported ONNX Runtime. */
export interface OnnxBackend {
  readonly kind: 'node' | 'web';
  /** The npm package. */
  readonly name: string;
  readonly version: string | undefined;
  readonly ort: OrtModule;
}

/** Imports a package by name; of onnxruntime-web in a page, one of its builds. */
export type ImportModule = (
  name: 'onnxruntime-node' | 'onnxruntime-web' | 'onnxruntime-web/wasm' | 'onnxruntime-web/webgpu',
) => Promise<unknown>;

/**
 * Imports by a name that bundlers do not see for what is Node's, since onnxruntime-node holds a native library that no
 * bundle for the browser can take; the builds of onnxruntime-web for pages are for them to see.
 */
export const importModule: ImportModule = (name) => {
  if (name === 'onnxruntime-web/wasm') return import('onnxruntime-web/wasm');
  if (name === 'onnxruntime-web/webgpu') return import('onnxruntime-web/webgpu');
  const ofNode: string = name;
  return import(/* webpackIgnore: true */ /* @vite-ignore */ ofNode);
};

const PACKAGES = { node: 'onnxruntime-node', web: 'onnxruntime-web' } as const;

/**
 * Imports the chosen ONNX Runtime; `auto` is onnxruntime-node, else onnxruntime-web, and the latter alone
 * in a browser, whose build for WebGPU is twice the bytes, so that only providers that want it bring it. Rejects with
 * {@link RuntimeError} that says what to install.
 */
export async function openBackend(
  choice: OnnxBackendChoice = 'auto',
  load: ImportModule = importModule,
  providers: readonly OnnxProvider[] = [],
): Promise<OnnxBackend> {
  const kinds = choice === 'auto' ? (['node', 'web'] as const) : [choice];
  const tried = choice === 'auto' && !isNode() ? (['web'] as const) : kinds;
  const failures: unknown[] = [];
  for (const kind of tried) {
    try {
      return await openPackage(kind, load, providers);
    } catch (error) {
      failures.push(error);
    }
  }
  throw notInstalled(tried, failures);
}

async function openPackage(
  kind: 'node' | 'web',
  load: ImportModule,
  providers: readonly OnnxProvider[],
): Promise<OnnxBackend> {
  const name = PACKAGES[kind];
  const build = providers.includes('webgpu') ? 'webgpu' : 'wasm';
  const inPage = kind === 'web' && !isNode();
  if (kind === 'node' && isNode()) forbidTelemetry();
  const ort = (await load(inPage ? `onnxruntime-web/${build}` : name)) as OrtModule;
  // Reasons for providers that cannot be used are in our errors; without this they are on stderr, too.
  if (kind === 'node' && ort.env.logLevel === 'warning') ort.env.logLevel = 'fatal';
  return { kind, name, version: ort.env.versions[kind], ort };
}

/**
 * onnxruntime-node 1.29 and later send what models they run to Microsoft, and keep an id of the machine, unless the
 * environment forbids it before the library begins. Who wants it sets the variable to 0. It reaches the library from the
 * main thread only: a thread has a copy of the environment.
 */
function forbidTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}

function notInstalled(
  kinds: readonly ('node' | 'web')[],
  failures: readonly unknown[],
): RuntimeError {
  const names = kinds.map((kind) => PACKAGES[kind]);
  return new RuntimeError({
    site: 'ONNX Runtime',
    expected: `the package ${names.join(' or ')}`,
    received: failures.map(ortLine).join('; '),
    remedy: `Run: npm install ${names[0]}`,
    cause: failures[0],
  });
}

/** What ONNX Runtime says, without the place in its source and the condition that failed checks start with. */
export const ortLine = (error: unknown): string =>
  firstLine(error).replace(/^\/onnxruntime_src\/.* was false\. /, '');

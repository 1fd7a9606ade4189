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

/** Imports a package by name. */
export type ImportModule = (name: 'onnxruntime-node' | 'onnxruntime-web') => Promise<unknown>;

/**
 * Imports by a name that bundlers do not see for onnxruntime-node, since it holds a native library that
 * no bundle for the browser can take; onnxruntime-web is for them to see.
 */
export const importModule: ImportModule = (name) => {
  const native: string = name;
  return name === 'onnxruntime-web'
    ? import('onnxruntime-web')
    : import(/* webpackIgnore: true */ /* @vite-ignore */ native);
};

const PACKAGES = { node: 'onnxruntime-node', web: 'onnxruntime-web' } as const;

/**
 * Imports the chosen ONNX Runtime; `auto` is onnxruntime-node, else onnxruntime-web, and the latter alone
 * in a browser. Rejects with {@link RuntimeError} that says what to install.
 */
export async function openBackend(
  choice: OnnxBackendChoice = 'auto',
  load: ImportModule = importModule,
): Promise<OnnxBackend> {
  const kinds = choice === 'auto' ? (['node', 'web'] as const) : [choice];
  const tried = choice === 'auto' && !isNode() ? (['web'] as const) : kinds;
  const failures: unknown[] = [];
  for (const kind of tried) {
    try {
      return await openPackage(kind, load);
    } catch (error) {
      failures.push(error);
    }
  }
  throw notInstalled(tried, failures);
}

async function openPackage(kind: 'node' | 'web', load: ImportModule): Promise<OnnxBackend> {
  const name = PACKAGES[kind];
  const ort = (await load(name)) as OrtModule;
  // Reasons for providers that cannot be used are in our errors; without this they are on stderr, too.
  if (kind === 'node' && ort.env.logLevel === 'warning') ort.env.logLevel = 'fatal';
  return { kind, name, version: ort.env.versions[kind], ort };
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

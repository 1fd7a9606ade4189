/** @file Starts the WebAssembly backend: its files found in Node, one thread there, in the browser all. */
import { isNode } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** How WebAssembly is started. */
export interface WasmOptions {
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` lie: a URL that ends with `/`. Default: the package itself in
   * Node and where a bundler brings them along (Vite, webpack); elsewhere beside the script.
   */
  readonly wasmPaths?: string;
  /** Threads in the browser, where the page may share memory; default: all. Node has one. */
  readonly threads?: number;
}

/** Points TF.js to its files; the backend starts when it is chosen. */
export async function prepareWasm({ wasmPaths, threads }: WasmOptions): Promise<void> {
  if (threads !== undefined && !isNode()) setThreadsCount(threads);
  if (!isNode()) {
    const paths = wasmPaths ?? bundledFiles();
    if (paths !== undefined) setWasmPaths(paths);
    return;
  }
  // The threaded build starts in Node but stays at one thread.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths(wasmPaths ?? (await packageFolder()));
}

/** Where a bundler that knows `new URL(…, import.meta.url)` has put the files; undefined where none did. */
function bundledFiles(): Readonly<Record<WasmFile, string>> | undefined {
  const files = {
    'tfjs-backend-wasm.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
      import.meta.url,
    ).href,
    'tfjs-backend-wasm-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      import.meta.url,
    ).href,
    'tfjs-backend-wasm-threaded-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ).href,
  };
  // As it is where nothing has looked at the names; bundlers do not look at this one.
  const here = import.meta.url;
  const untouched = (name: string): string =>
    new URL(`@tensorflow/tfjs-backend-wasm/dist/${name}`, here).href;
  return Object.entries(files).some(([name, href]) => href === untouched(name)) ? undefined : files;
}

type WasmFile =
  'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm';

async function packageFolder(): Promise<string> {
  const { createRequire } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:module'
  );
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return main.slice(0, main.length - main.split(/[\\/]/).at(-1)!.length);
}

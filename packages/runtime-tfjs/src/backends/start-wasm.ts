/** @file Starts the WebAssembly backend: its files found in Node, one thread there, in the browser all. */
import { isNode } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** How WebAssembly is started. */
export interface WasmOptions {
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` lie: a URL that ends with `/`. Default: in
   * Node the package itself, in the browser beside the script.
   */
  readonly wasmPaths?: string;
  /** Threads in the browser, where the page may share memory; default: all. Node has one. */
  readonly threads?: number;
}

/** Points TF.js to its files; the backend starts when it is chosen. */
export async function prepareWasm({ wasmPaths, threads }: WasmOptions): Promise<void> {
  if (threads !== undefined && !isNode()) setThreadsCount(threads);
  if (!isNode()) {
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    return;
  }
  // The threaded build starts in Node but stays at one thread.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths(wasmPaths ?? (await packageFolder()));
}

async function packageFolder(): Promise<string> {
  const { createRequire } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:module'
  );
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return main.slice(0, main.length - main.split(/[\\/]/).at(-1)!.length);
}

/** @file The backends of TF.js that are known here, in the order in which they are preferred. */
import { isNode } from '@slowfast/core';

/** A TF.js backend by what it runs on. */
export type TfjsBackendName = 'tfjs-node-gpu' | 'tfjs-node' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** A backend, or the first that works in the order of `TFJS_BACKENDS`. */
export type TfjsBackendChoice = TfjsBackendName | 'auto';

/** All backends, the preferred first: native TensorFlow, the GPU, WebAssembly, plain JavaScript. */
export const TFJS_BACKENDS: readonly TfjsBackendName[] = [
  'tfjs-node-gpu',
  'tfjs-node',
  'webgpu',
  'webgl',
  'wasm',
  'cpu',
];

/** The name under which TF.js itself registers a backend: both native packages are its `tensorflow`. */
export type TfjsEngineName = 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** TF.js' own name of a backend. */
export function engineName(backend: TfjsBackendName): TfjsEngineName {
  return backend === 'tfjs-node' || backend === 'tfjs-node-gpu' ? 'tensorflow' : backend;
}

/** What has to be installed for a backend that is not embedded. */
export const PACKAGES: Readonly<Partial<Record<TfjsBackendName, string>>> = {
  'tfjs-node-gpu': '@tensorflow/tfjs-node-gpu',
  'tfjs-node': '@tensorflow/tfjs-node',
  webgpu: isNode() ? '@tensorflow/tfjs-backend-webgpu webgpu' : '@tensorflow/tfjs-backend-webgpu',
};

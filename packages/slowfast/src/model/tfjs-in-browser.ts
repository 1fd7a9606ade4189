/** @file In the place of `tfjs.ts` in bundles for a page (`browser` of package.json), which would bring TensorFlow.js to everyone. */
import { RuntimeError } from '@slowfast/core';

/** Rejects with {@link RuntimeError}. */
export async function tfjsPackage(): Promise<never> {
  throw new RuntimeError({
    site: 'runtime',
    expected: "in a page the runtime itself, with which a bundler brings TensorFlow.js, not 'tfjs'",
    received: "'tfjs'",
    remedy: "Give runtime: tfjsRuntime({ backend: 'wasm' }) of @slowfast/runtime-tfjs",
  });
}

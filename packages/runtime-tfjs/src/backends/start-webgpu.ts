/** @file Starts WebGPU: the browser's own, or in Node the package `webgpu` (Dawn). */
import { isNode } from '@slowfast/core';
import type { ImportPackage } from './import-package.js';

interface Dawn {
  create(flags: readonly string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}
interface Gpu {
  requestAdapter(options?: object): Promise<GpuAdapter | null>;
}
interface GpuAdapter {
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
  };
}

/**
 * Imports TF.js' backend after making sure that there is a GPU behind it. Throws where there is none;
 * a software adapter counts only when it was asked for by name, as WebAssembly is faster.
 */
export async function prepareWebGpu(load: ImportPackage, isAsked: boolean): Promise<void> {
  if (isNode()) await installDawn(load);
  const gpu = browserNavigator()?.gpu;
  if (!gpu) throw new Error('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('WebGPU found no adapter');
  if (!isAsked && isSoftware(adapter)) {
    throw new Error(`a software adapter (${adapter.info?.description ?? 'fallback'})`);
  }
  await load('@tensorflow/tfjs-backend-webgpu');
}

async function installDawn(load: ImportPackage): Promise<void> {
  // From Node 21 there is a navigator, without a GPU; before, there is none.
  const navigator = browserNavigator();
  if (navigator?.gpu) return;
  const { create, globals } = (await load('webgpu')) as Dawn;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

function isSoftware({ info }: GpuAdapter): boolean {
  const text = `${info?.vendor} ${info?.architecture} ${info?.description}`;
  return info?.isFallbackAdapter === true || /swiftshader|llvmpipe|software/i.test(text);
}

/** Not declared where only Node's types are. */
function browserNavigator(): { readonly gpu?: Gpu } | undefined {
  return (globalThis as { readonly navigator?: { readonly gpu?: Gpu } }).navigator;
}

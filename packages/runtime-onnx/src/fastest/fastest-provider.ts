/** @file Whether a model runs on the graphics processor or on WebAssembly in this browser, by measurement at its first use. */
import { isNode } from '@slowfast/core';
import { importModule, openBackend } from '../session/backend.js';
import type { OnnxCompiledModel } from '../session/compiled-model.js';
import { PRODUCER } from '../version.js';
import { gpuAdapter, type AdapterInfo } from './gpu-adapter.js';
import { measureProviders, type Open } from './measure-providers.js';
import { storeChoice, storedChoice } from './stored-choices.js';

/**
 * Opens a model where it runs fastest in this browser, and says why as its `choice`; in Node, on the processor. `keyOf`
 * tells models apart whose speed may differ. Rejects as `open` does on WebAssembly.
 */
export async function openFastest<M extends OnnxCompiledModel>(
  keyOf: () => Promise<string>,
  open: Open<M>,
): Promise<M> {
  if (isNode()) return open();
  const openWasm = async (reason: string): Promise<M> => ({
    ...(await open(['wasm'])),
    choice: { provider: 'wasm', reason },
  });
  const adapter = (await gpuAdapter())?.info;
  if (!adapter) return openWasm('wasm: this browser offers no WebGPU');
  if (adapter.isFallbackAdapter) return openWasm('wasm: WebGPU is a program on the processor here');
  const key = await storageKey(await keyOf(), adapter);
  const stored = await storedChoice(key);
  if (stored?.provider === 'wasm') return openWasm(stored.reason);
  if (stored) return { ...(await open(['webgpu', 'wasm'])), choice: stored };
  const { model, choice, isLasting } = await measureProviders(open);
  if (isLasting) await storeChoice(key, choice);
  return { ...model, choice };
}

/** What speed depends on: the model, the graphics processor, the browser, and versions. */
async function storageKey(model: string, adapter: AdapterInfo): Promise<string> {
  const { vendor, architecture, device, description } = adapter;
  const { version } = await openBackend('web', importModule);
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent: string } };
  const parts = [model, vendor, architecture, device, description, navigator?.userAgent];
  return digest(JSON.stringify([...parts, PRODUCER, version]));
}

/** A SHA-256 in hexadecimal digits. */
export async function digest(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

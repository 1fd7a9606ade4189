/** @file Choices of a provider that outlive the page: in Cache Storage, which workers have, too. */
import type { OnnxProvider } from '../session/backend.js';

/** Where a model runs in this browser, and why. */
export interface ProviderChoice {
  readonly provider: Extract<OnnxProvider, 'webgpu' | 'wasm'>;
  /** A sentence with what was measured. */
  readonly reason: string;
}

/** What Cache Storage is used for here. */
interface Caches {
  open(name: string): Promise<{
    match(address: string): Promise<Response | undefined>;
    put(address: string, response: Response): Promise<void>;
  }>;
  delete(name: string): Promise<boolean>;
}

/** The browser's; undefined where a page is not secure, and in Node. */
const cacheStorage = (): Caches | undefined => (globalThis as { readonly caches?: Caches }).caches;

const NAME = 'slowfast-providers';

/** A place without a server: entries have to have addresses. */
const addressOf = (key: string): string => `https://providers.invalid/${key}`;

/** The choice of an earlier use; undefined where there was none, or the browser keeps nothing. */
export async function storedChoice(key: string): Promise<ProviderChoice | undefined> {
  try {
    const entry = await (await cacheStorage()?.open(NAME))?.match(addressOf(key));
    const { provider, reason } = (await entry?.json()) as ProviderChoice;
    const isKnown = provider === 'webgpu' || provider === 'wasm';
    return isKnown && typeof reason === 'string' ? { provider, reason } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice, where the browser keeps anything. */
export async function storeChoice(key: string, choice: ProviderChoice): Promise<void> {
  try {
    const cache = await cacheStorage()?.open(NAME);
    await cache?.put(addressOf(key), new Response(JSON.stringify(choice)));
  } catch {
    // Next time is measured again.
  }
}

/**
 * Forgets where models were measured to run fastest in this browser (`providers: 'fastest'`): the next use measures anew,
 * as after a new graphics driver.
 */
export async function forgetFastestProviders(): Promise<void> {
  await cacheStorage()?.delete(NAME);
}

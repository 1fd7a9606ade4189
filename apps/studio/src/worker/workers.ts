/** @file The workers of the page. */
import { callsOf, type Calls } from './calls.js';
import type { HeadOffers } from './head.worker.js';
import type { ModelOffers } from './model.worker.js';
import type { NetworkOffers } from './network.worker.js';

/** A new worker that runs a model. */
export const modelWorker = (): Calls<ModelOffers> =>
  callsOf(new Worker(new URL('./model.worker.ts', import.meta.url), { type: 'module' }));

let network: Calls<NetworkOffers> | undefined;

/** The worker that composes: one for the page. */
export const networkWorker = (): Calls<NetworkOffers> =>
  (network ??= callsOf(
    new Worker(new URL('./network.worker.ts', import.meta.url), { type: 'module' }),
  ));

let head: Calls<HeadOffers> | undefined;

/** The worker that trains heads: one for the page. */
export const headWorker = (): Calls<HeadOffers> =>
  (head ??= callsOf(new Worker(new URL('./head.worker.ts', import.meta.url), { type: 'module' })));

/** @file Weights by name or address, on whatever this runs: opened from the cache, fetched before if need be. */
import { fileSource, nearestNames, SpecError, type ByteSource } from '@slowfast/core';
import type { CatalogOptions } from '@slowfast/models';
import { isThere } from '../files/is-there.js';
import { weightsReference, type WeightsReference } from './reference.js';
import type { PulledWeights, PullOptions } from './pull.js';

/** Weights that a text stood for. */
export interface NamedWeights {
  readonly source: ByteSource;
  /** What the index knows of their network, where the file does not say it. */
  readonly options: CatalogOptions & { readonly model?: string };
}

/**
 * The weights of a name of the index, `hf:…` or, in Node, `https://…`; nothing for a path or another address. Rejects as
 * `pullWeights` does, and with {@link SpecError} for a word that is neither a name nor a file.
 */
export async function namedWeights(
  text: string,
  options: PullOptions,
): Promise<NamedWeights | undefined> {
  if ((globalThis as { readonly location?: unknown }).location !== undefined) {
    return (await import('./browser-weights.js')).browserWeights(text, options);
  }
  const pulled = await pulledWeights(text, options);
  if (!pulled) return undefined;
  const isConverted = pulled.path.endsWith('.safetensors');
  return {
    source: await fileSource(pulled.path),
    options: isConverted ? {} : { ...pulled.reference.network?.options },
  };
}

/** In Node, the file of the weights that a text stands for, as {@link namedWeights} finds it. */
export async function pulledWeights(
  text: string,
  options: PullOptions,
): Promise<(PulledWeights & { readonly reference: WeightsReference }) | undefined> {
  const isAddress = /^(?:https?|hf):/i.test(text);
  if (!isAddress && (/^\w{2,}:/.test(text) || (await isThere(text)))) return undefined;
  const reference = await weightsReference(text);
  if (!reference) {
    if (/^[\w-]+$/.test(text)) throw await unknown(text);
    return undefined;
  }
  const { pullWeights } = await import('./pull.js');
  return { ...(await pullWeights(reference, options)), reference };
}

async function unknown(text: string): Promise<SpecError> {
  const { publishedCheckpoints, SHORT_NAMES } = await import('@slowfast/models');
  const ids = (await publishedCheckpoints()).map(({ id }) => id);
  const names = [...Object.keys(SHORT_NAMES), ...ids];
  return new SpecError({
    site: 'weights',
    expected: 'a file, an address, or a name of published weights',
    received: `'${text}', which is none of them`,
    remedy: `The nearest names are ${nearestNames(text, names).join(', ')}; \`slowfast models --published\` lists all`,
  });
}

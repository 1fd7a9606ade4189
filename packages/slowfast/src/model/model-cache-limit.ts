/** @file How much the cache of arranged models may take. */
import { SpecError } from '@slowfast/core';

type Environment = Readonly<Record<string, string | undefined>>;

const UNITS = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const;

/**
 * Bytes of arranged models that are kept: `SLOWFAST_MODEL_CACHE` (`500M`, `8G`; 0 for none), else 4 GiB. Throws
 * {@link SpecError} for another text.
 */
export function modelCacheLimit(env: Environment = globalThis.process?.env ?? {}): number {
  const text = env['SLOWFAST_MODEL_CACHE'];
  if (text === undefined || text === '') return 4 * UNITS.g;
  const [, digits, unit] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  if (digits !== undefined)
    return Number(digits) * UNITS[unit!.toLowerCase() as keyof typeof UNITS];
  throw new SpecError({
    site: 'SLOWFAST_MODEL_CACHE',
    expected: 'a number of bytes, such as 500M or 8G, or 0',
    received: `'${text}'`,
  });
}

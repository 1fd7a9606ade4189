/** @file API keys: who may ask, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SpecError } from '@slowfast/core';

/** Fewer could be tried out. */
const SHORTEST = 16;

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** Tells whether a key is among those that are known. */
export type KeyCheck = (key: string | undefined) => boolean;

/**
 * A check of keys; all may ask where there are none. What is compared are digests, all of them, so that the time it takes
 * tells neither how much of a key is right nor which it is. Throws {@link SpecError} for a key that is too short.
 */
export function keyCheck(keys: readonly string[]): KeyCheck {
  const short = keys.findIndex((key) => key.length < SHORTEST);
  if (short >= 0) {
    throw new SpecError({
      site: `API key ${short + 1}`,
      expected: `at least ${SHORTEST} characters`,
      received: `${keys[short]!.length}`,
      remedy: 'Make one by: openssl rand -hex 32',
    });
  }
  const digests = keys.map(digest);
  if (digests.length === 0) return () => true;
  return (key) => {
    const own = digest(key ?? '');
    let isKnown = false;
    for (const one of digests) isKnown = timingSafeEqual(one, own) || isKnown;
    return isKnown;
  };
}

/** The key of a request: `Authorization: Bearer KEY` or `X-API-Key: KEY`. */
export function keyOf(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const { authorization, 'x-api-key': own } = headers;
  if (typeof own === 'string') return own;
  return typeof authorization === 'string'
    ? /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    : undefined;
}

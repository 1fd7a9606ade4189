/** @file Numbers of things, as options give them. */
import { SpecError } from '@slowfast/core';

/** Throws {@link SpecError} for what is no whole number of at least 1; an option that is left out is right. */
export function checkCount(site: string, count: number | undefined): void {
  if (count === undefined || count === Infinity) return;
  if (Number.isInteger(count) && count >= 1) return;
  throw new SpecError({
    site,
    expected: 'a whole number of at least 1',
    received: typeof count === 'string' ? `'${String(count)}'` : String(count),
  });
}

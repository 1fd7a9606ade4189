/** @file Errors that name the line of a list. */
import { SpecError } from '@slowfast/core';

const LONGEST = 80;

/** The error for a line that cannot be read. */
export const lineError = (
  name: string,
  line: number,
  expected: string,
  received: string,
  remedy?: string,
): SpecError =>
  new SpecError({
    site: `${name}:${line}`,
    expected,
    received: received.length > LONGEST ? `${received.slice(0, LONGEST)}…` : received,
    ...(remedy === undefined ? {} : { remedy }),
  });

/** Throws unless there is a clip. */
export function checkNotEmpty(name: string, clips: readonly unknown[]): void {
  if (clips.length > 0) return;
  throw new SpecError({ site: name, expected: 'a list with at least one clip', received: 'none' });
}

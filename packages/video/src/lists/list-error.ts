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

/** Lines with their numbers from 1, without blank ones, line ends and a byte order mark. */
export function* numberedLines(text: string): Generator<readonly [line: number, text: string]> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== '') yield [index + 1, line];
  }
}

/** Throws unless there is a clip. */
export function checkNotEmpty(name: string, clips: readonly unknown[]): void {
  if (clips.length > 0) return;
  throw new SpecError({ site: name, expected: 'a list with at least one clip', received: 'none' });
}

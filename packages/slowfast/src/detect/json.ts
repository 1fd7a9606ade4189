/** @file Reading JSON that people write: every error names the place. */
import { SpecError } from '@slowfast/core';
import type { Box } from '@slowfast/video';

/** An object of a JSON file, of unknown entries. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Throws {@link SpecError}: a value is not what it should be. */
export function mismatch(site: string, expected: string, received: unknown): never {
  const text = received === undefined ? 'nothing' : JSON.stringify(received);
  throw new SpecError({ site, expected, received: text.slice(0, 80) });
}

/** Parses JSON; throws {@link SpecError} for text that is none. */
export function parseJson(site: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const received = (cause as Error).message;
    throw new SpecError({ site, expected: 'JSON', received, cause });
  }
}

/** An object; with `keys`, one of these entries only. */
export function asRecord(site: string, value: unknown, keys?: readonly string[]): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    mismatch(site, 'an object', value);
  }
  const unknown = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) mismatch(site, `the entries ${keys!.join(', ')}`, unknown);
  return value as JsonRecord;
}

/** A list. */
export function asList(site: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : mismatch(site, 'a list', value);
}

/** A finite number. */
export function asNumber(site: string, value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : mismatch(site, 'a number', value);
}

/** A text. */
export function asText(site: string, value: unknown): string {
  return typeof value === 'string' ? value : mismatch(site, 'a text', value);
}

/** So many numbers. */
export function asNumbers(site: string, value: unknown, count: number): readonly number[] {
  const list = asList(site, value);
  if (list.length !== count) mismatch(site, `${count} numbers`, value);
  return list.map((entry, i) => asNumber(`${site}[${i}]`, entry));
}

/** A box: x1, y1, x2, y2. */
export function asBox(site: string, value: unknown): Box {
  const [x1, y1, x2, y2] = asNumbers(site, value, 4);
  return [x1!, y1!, x2!, y2!];
}

/** One of some texts; the first where nothing is given. */
export function asChoice<const T extends string>(
  site: string,
  value: unknown,
  choices: readonly [T, ...T[]],
): T {
  if (value === undefined) return choices[0];
  return choices.find((choice) => choice === value) ?? mismatch(site, choices.join(' or '), value);
}

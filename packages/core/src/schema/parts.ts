/** @file The parts of which schemas are made; each says in words what it expects. */
import * as v from 'valibot';
import { nearestNames } from '../model/nearest.js';
import { BOUNDS } from './bounds.js';

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

/** A finite number. */
export const finite = v.pipe(v.number('a number'), v.finite('a number'));

/** A number from `least` to `most`. */
export function numberFrom(least: number, most: number) {
  const expected = `a number from ${least} to ${most}`;
  return v.pipe(v.number(expected), v.minValue(least, expected), v.maxValue(most, expected));
}

/** A number above 0. */
export const positive = v.pipe(
  v.number('a positive number'),
  v.gtValue(0, 'a positive number'),
  v.finite('a positive number'),
);

/** A text that is not empty, of at most `most` characters. */
export function text(most: number = BOUNDS.line) {
  return v.pipe(
    v.string('a text'),
    v.minLength(1, 'a text'),
    v.maxLength(most, `a text of at most ${most} characters`),
  );
}

/** True or false. */
export const flag = v.boolean('true or false');

/** One of a few texts. */
export const oneOf = <const T extends readonly [string, ...string[]]>(...options: T) =>
  v.picklist(options, `one of ${options.join(', ')}`);

/** A list of at most `most` entries. */
export const listOf = <const S extends v.GenericSchema>(item: S, most: number) =>
  v.pipe(v.array(item, 'a list'), v.maxLength(most, `a list of at most ${most} entries`));

/** Two of a kind. */
export const pairOf = <T>(item: v.GenericSchema<T>, expected: string) =>
  counted(item, 2, expected) as unknown as v.GenericSchema<[T, T]>;

/** Three of a kind. */
export const tripleOf = <T>(item: v.GenericSchema<T>, expected: string) =>
  counted(item, 3, expected) as unknown as v.GenericSchema<[T, T, T]>;

/** Unlike a tuple of valibot it names the whole list where the length is wrong. */
const counted = <T>(item: v.GenericSchema<T>, length: number, expected: string) =>
  v.pipe(v.array(item, expected), v.length(length, expected));

/** Values by name: at most `most` names of at most {@link BOUNDS}.name characters. */
export const recordOf = <const S extends v.GenericSchema>(
  item: S,
  most: number,
  expected: string,
) =>
  v.pipe(
    v.record(text(BOUNDS.name), item, expected),
    v.maxEntries(most, `${expected}, at most ${most}`),
  );

/** A key that may be left out. */
export const optional = <const S extends v.GenericSchema>(item: S) => v.exactOptional(item);

/** An object with these keys and no others; a misspelt one is answered with the nearest. */
export function object<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, (issue) => keyMessage(entries, issue));
}

/** The same where other keys are left alone, and out of what is read. */
export function openObject<const E extends v.ObjectEntries>(entries: E) {
  return v.object(entries, (issue) => keyMessage(entries, issue));
}

function keyMessage(entries: v.ObjectEntries, issue: v.BaseIssue<unknown>): string {
  const key = issue.path?.[0]?.key;
  if (issue.expected === 'never') {
    const name = String(key).slice(0, BOUNDS.name);
    return `The nearest are ${nearestNames(name, Object.keys(entries)).join(', ')}`;
  }
  const missing = typeof key === 'string' ? entries[key] : undefined;
  if (!missing) return 'keys with values';
  const { message } = missing as { readonly message?: unknown };
  return typeof message === 'string' ? message : 'keys with values';
}

/** @file Readers of plain data that name the key of what is wrong. */
import { nearestNames, SpecError } from '@slowfast/core';

/** Reads a value at a key; throws {@link SpecError} that names the key. */
export type Reader<T> = (value: unknown, key: string) => T;

/** What a reader gives. */
export type Read<R> = R extends Reader<infer T> ? T : never;

/** The error for a value that is not what was expected. */
export function wrongValue(key: string, expected: string, value: unknown): SpecError {
  return new SpecError({ site: key, expected, received: shown(value) });
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A number in a range that its description states. */
export function number(
  expected = 'a number',
  good: (value: number) => boolean = () => true,
): Reader<number> {
  return (value, key) => {
    if (typeof value === 'number' && Number.isFinite(value) && good(value)) return value;
    throw wrongValue(key, expected, value);
  };
}

/** A number above 0. */
export const positive = number('a positive number', (value) => value > 0);

/** A number of at least 0. */
export const atLeastZero = number('a number of at least 0', (value) => value >= 0);

/** A number from 0 to below 1. */
export const share = number('a number from 0 to below 1', (value) => value >= 0 && value < 1);

/** A whole number of at least `least`. */
export const whole = (least: number): Reader<number> =>
  number(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );

/** A text that is not empty. */
export const text: Reader<string> = (value, key) => {
  if (typeof value === 'string' && value !== '') return value;
  throw wrongValue(key, 'a text', value);
};

/** True or false. */
export const flag: Reader<boolean> = (value, key) => {
  if (typeof value === 'boolean') return value;
  throw wrongValue(key, 'true or false', value);
};

/** One of a few texts. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, key) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw wrongValue(key, `one of ${allowed.join(', ')}`, value);
  };
}

/** A list, of a certain length where one is given. */
export function list<T>(item: Reader<T>, length?: number): Reader<readonly T[]> {
  return (value, key) => {
    if (Array.isArray(value) && (length === undefined || value.length === length)) {
      return value.map((element, i) => item(element, `${key}[${i}]`));
    }
    throw wrongValue(key, length === undefined ? 'a list' : `a list of ${length}`, value);
  };
}

/** Two numbers. */
export const pair =
  (item: Reader<number>): Reader<readonly [number, number]> =>
  (value, key) => {
    const [first, second] = list(item, 2)(value, key);
    return [first!, second!];
  };

/** Three numbers. */
export const triple =
  (item: Reader<number>): Reader<readonly [number, number, number]> =>
  (value, key) => {
    const [first, second, third] = list(item, 3)(value, key);
    return [first!, second!, third!];
  };

/** The first reader that takes the value; `expected` says what both would have taken. */
export function either<A, B>(expected: string, a: Reader<A>, b: Reader<B>): Reader<A | B> {
  return (value, key) => {
    for (const reader of [a, b]) {
      try {
        return reader(value, key);
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
      }
    }
    throw wrongValue(key, expected, value);
  };
}

/** A value that may be left out. */
export function optional<T>(item: Reader<T>): Reader<T | undefined>;
/** A value that may be left out; it is the fallback then. */
export function optional<T>(item: Reader<T>, fallback: T): Reader<T>;
export function optional<T>(item: Reader<T>, fallback?: T): Reader<T | undefined> {
  return (value, key) => (value === undefined ? fallback : item(value, key));
}

type Fields = Readonly<Record<string, Reader<unknown>>>;

/** What {@link object} gives: a field that may be undefined is one that may be absent. */
export type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as undefined extends Read<F[K]> ? never : K]: Read<F[K]>;
} & {
  readonly [K in keyof F as undefined extends Read<F[K]> ? K : never]?: Exclude<
    Read<F[K]>,
    undefined
  >;
};

/** An object with these keys and no others. */
export function object<F extends Fields>(fields: F): Reader<ObjectOf<F>> {
  return (value, key) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrongValue(key || 'config', 'keys with values', value);
    }
    const prefix = key === '' ? '' : `${key}.`;
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(fields, name)) continue;
      throw new SpecError({
        site: `${prefix}${name}`,
        expected: `a key that there is${key === '' ? '' : ` in ${key}`}`,
        received: 'an unknown one',
        remedy: `The nearest are ${nearestNames(name, Object.keys(fields)).join(', ')}`,
      });
    }
    const given = value as Readonly<Record<string, unknown>>;
    const entries = Object.entries(fields).map(
      ([name, reader]) => [name, reader(given[name], `${prefix}${name}`)] as const,
    );
    return Object.fromEntries(
      entries.filter(([, read]) => read !== undefined),
    ) as unknown as ObjectOf<F>;
  };
}

/** @file Reads data from files by a schema: what is wrong is named by the full path of its key. */
import * as v from 'valibot';
import { SpecError, type ErrorDetails, type SlowFastError } from '../errors.js';
import { BOUNDS } from './bounds.js';

/** Where data come from, and what their errors are. */
export interface DataOrigin {
  /** The file or entry, which stands before the key in errors; left out, the key stands alone. */
  readonly site?: string;
  /** What to do about wrong data, one sentence without a final stop. */
  readonly remedy?: string;
  /** Characters of JSON at most; default {@link BOUNDS}.json. */
  readonly longest?: number;
  /** The class of errors; default {@link SpecError}. */
  readonly error?: new (details: ErrorDetails) => SlowFastError;
}

type ReadonlyData<T> = T extends (infer E)[]
  ? number extends T['length']
    ? readonly ReadonlyData<E>[]
    : { readonly [K in keyof T]: ReadonlyData<T[K]> }
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyData<T[K]> }
    : T;

/** What {@link readData} gives for a schema. */
export type Data<S extends v.GenericSchema> = ReadonlyData<v.InferOutput<S>>;

/**
 * Data by a schema, defaults filled in. Throws the origin's error for the first value that is not what the
 * schema says: `adapter.json: input.size: expected …, received …`.
 */
export function readData<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  origin: DataOrigin = {},
): Data<S> {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output as Data<S>;
  throw issueError(result.issues[0], origin);
}

/** Data from JSON text of bounded length. Throws as {@link readData}, and for no JSON. */
export function readJson<const S extends v.GenericSchema>(
  schema: S,
  text: string,
  origin: DataOrigin = {},
): Data<S> {
  return readData(schema, parsedJson(text, origin), origin);
}

function parsedJson(text: string, origin: DataOrigin): unknown {
  const { longest = BOUNDS.json } = origin;
  if (text.length > longest) {
    throw dataError('', `at most ${longest} characters`, `${text.length}`, origin);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw dataError('', 'JSON', valueText(text), { ...origin, cause });
  }
}

function issueError(issue: v.BaseIssue<unknown>, origin: DataOrigin): SlowFastError {
  const path = keyPath((issue.path ?? []).map(({ key }) => key));
  const isUnknownKey = issue.type === 'strict_object' && issue.expected === 'never';
  if (isUnknownKey) {
    const hint = issue.message.startsWith('Invalid') ? {} : { remedy: issue.message };
    return dataError(path, 'a key that there is', 'an unknown one', { ...origin, ...hint });
  }
  // Schemas of this project say in their message what they expect; valibot's own begin with "Invalid".
  const own = issue.message.startsWith('Invalid') ? undefined : issue.message;
  return dataError(path, own ?? issue.expected ?? 'another value', valueText(issue.input), origin);
}

/** The error for a value of data; the parts of `origin` are those of {@link readData}. */
export function dataError(
  path: string,
  expected: string,
  received: string,
  origin: DataOrigin & { readonly cause?: unknown } = {},
): SlowFastError {
  const { site, remedy, error: DataError = SpecError, cause } = origin;
  return new DataError({
    site: [site, path].filter(Boolean).join(': ') || 'data',
    expected,
    received,
    ...(remedy === undefined ? {} : { remedy }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `data.size[0]` for the keys data, size, 0; strange and long keys in quotes, shortened. */
export function keyPath(keys: readonly unknown[]): string {
  return keys
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const text = String(key);
      const plain = /^[\w.-]{1,64}$/.test(text) ? text : valueText(text);
      return i === 0 ? plain : `.${plain}`;
    })
    .join('');
}

const SHOWN = 60;

/** A value as text of about a line, for errors, however large or deep it is. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const short = typeof value === 'string' ? value.slice(0, SHOWN + 1) : value;
  try {
    const text = JSON.stringify(short) ?? String(short);
    return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
  } catch {
    // A value that contains itself, or is nested too deeply for JSON.
    return Array.isArray(value) ? 'a list that has no end' : 'an object that has no end';
  }
}

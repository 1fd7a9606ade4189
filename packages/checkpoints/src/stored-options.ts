/**
 * @file The options of a model as converted weights remember them: text in the metadata of a file that anyone
 * may have written, so that every entry is checked before it is believed.
 */
import { SpecError } from '@slowfast/core';
import { isModelName, type CatalogOptions } from '@slowfast/models';

/** Key of the metadata by which converted weights remember their model. */
export const WEIGHTS_METADATA_KEY = 'slowfast';

/** The options that give a model again. */
export interface StoredOptions extends CatalogOptions {
  readonly model?: string;
}

/** The options in a file's metadata; none where it has no such entry. Throws {@link SpecError} for any that makes no sense. */
export function storedOptions(metadata: Readonly<Record<string, string>> = {}): StoredOptions {
  const text = metadata[WEIGHTS_METADATA_KEY];
  if (text === undefined) return {};
  const options = parsed(text);
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, key)) throw wrong(`no entry '${key.slice(0, 40)}'`, 'one');
    const [expected, accepts] = CHECKS[key as keyof StoredOptions];
    if (!accepts(value)) {
      throw wrong(`'${key}' to be ${expected}`, JSON.stringify(value).slice(0, 60));
    }
  }
  return options;
}

function parsed(text: string): StoredOptions {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Reported below, with what is no object.
  }
  throw wrong('a JSON object', text.slice(0, 60));
}

const wrong = (expected: string, received: string): SpecError =>
  new SpecError({
    site: `metadata ${WEIGHTS_METADATA_KEY}`,
    expected,
    received,
    remedy: 'The file was changed after it was converted; convert the checkpoint again',
  });

type Check = readonly [expected: string, accepts: (value: unknown) => boolean];

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1;
const isList = (value: unknown, length: number, accepts: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length === length && value.every(accepts);

const COUNT: Check = ['a whole number of at least 1', isCount];
const COLOURS: Check = ['three numbers', (value) => isList(value, 3, Number.isFinite)];
const TEXT: Check = ['text', (value) => typeof value === 'string'];
const oneOf = (...names: readonly string[]): Check => [
  `one of ${names.join(', ')}`,
  (value) => names.includes(value as string),
];

/** One check for each option, so that an option added to the catalog does not compile until it is checked. */
const CHECKS: { readonly [K in keyof Required<StoredOptions>]: Check } = {
  model: ['the name of a model', (value) => typeof value === 'string' && isModelName(value)],
  // What these two and the lateral may be is the catalog's to say.
  zoo: TEXT,
  dataset: TEXT,
  lateral: TEXT,
  classes: COUNT,
  size: ['one side or two', (value) => isCount(value) || isList(value, 2, isCount)],
  trainCrop: COUNT,
  frames: COUNT,
  stride: COUNT,
  alpha: COUNT,
  beta: ['a number above 0', (value) => Number.isFinite(value) && Number(value) > 0],
  width: COUNT,
  lateralKernel: COUNT,
  nonLocalSimilarity: oneOf('softmax', 'dot-product'),
  nonLocalPool: ['none or three sides', (value) => value === 'none' || isList(value, 3, isCount)],
  activation: oneOf('softmax', 'sigmoid'),
  channelOrder: oneOf('rgb', 'bgr'),
  mean: COLOURS,
  std: COLOURS,
  aligned: ['true or false', (value) => typeof value === 'boolean'],
};

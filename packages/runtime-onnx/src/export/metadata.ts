/** @file Metadata about a model as the text entries of an ONNX file's `metadata_props`, and back. */
import {
  PREPROCESSING_KEY,
  SpecError,
  type ModelMetadata,
  type Preprocessing,
} from '@slowfast/core';

/** Names of the entries in `metadata_props`. */
export const METADATA_KEYS = {
  name: 'slowfast.model',
  preprocessing: PREPROCESSING_KEY,
  labels: 'slowfast.labels',
  trained: 'slowfast.trained',
  precision: 'slowfast.precision',
} as const;

/** The entries for a model: its name, and its metadata as JSON where they are known. */
export function metadataOf(name: string, metadata: ModelMetadata): Record<string, string> {
  const entries: Record<string, string> = { [METADATA_KEYS.name]: name };
  for (const key of ['preprocessing', 'labels', 'trained', 'precision'] as const) {
    if (metadata[key] !== undefined) entries[METADATA_KEYS[key]] = JSON.stringify(metadata[key]);
  }
  return entries;
}

/**
 * The metadata that entries of `metadata_props` hold; those of files by other producers hold none. Throws
 * {@link SpecError} for an entry that is not what it should be.
 */
export function metadataFromFile(metadata: Readonly<Record<string, string>>): ModelMetadata {
  const preprocessing = entry(
    metadata,
    METADATA_KEYS.preprocessing,
    'preprocessing',
    isPreprocessing,
  );
  const labels = entry(metadata, METADATA_KEYS.labels, 'a list of class names', isLabels);
  const trained = entry(metadata, METADATA_KEYS.trained, 'true or false', isBoolean);
  const precision = entry(metadata, METADATA_KEYS.precision, '"int8"', isInt8);
  return {
    ...(preprocessing === undefined ? {} : { preprocessing }),
    ...(labels === undefined ? {} : { labels }),
    ...(trained === undefined ? {} : { trained }),
    ...(precision === undefined ? {} : { precision }),
  };
}

function entry<T>(
  metadata: Readonly<Record<string, string>>,
  key: string,
  expected: string,
  accepts: (value: unknown) => value is T,
): T | undefined {
  if (!Object.hasOwn(metadata, key)) return undefined;
  const text = metadata[key]!;
  const value = parsed(text);
  if (accepts(value)) return value;
  throw new SpecError({
    site: `metadata ${key}`,
    expected: `${expected} as JSON`,
    received: text.length > 60 ? `${text.slice(0, 60)}…` : text,
    remedy: 'The file was changed after it was exported; export it again',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 1;
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isInt8 = (value: unknown): value is 'int8' => value === 'int8';
const isLabels = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'string');
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const isTriple: Check = (value) =>
  Array.isArray(value) && value.length === 3 && value.every(isNumber);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) &&
    Object.entries(fields).every(([key, check]) =>
      check(Object.hasOwn(value, key) ? value[key] : undefined),
    );
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const valuesOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);

/** One check for each field, so that a field added to the preprocessing does not compile until it is checked. */
const PREPROCESSING: { readonly [K in keyof Required<Preprocessing>]: Check } = {
  clip: object({
    frames: isCount,
    stride: isCount,
    fps: isNumber,
    segments: (value) => value === undefined || isBoolean(value),
  }),
  sampling: oneOf('pytorchvideo', 'pyslowfast', 'mmaction2', 'custom'),
  pathways: valuesOf(object({ frames: isCount, rule: oneOf('linspace', 'stride') })),
  resize: isCount,
  crop: isCount,
  stretch: (value) =>
    value === undefined || (Array.isArray(value) && value.length === 2 && value.every(isCount)),
  mean: isTriple,
  std: isTriple,
  channelOrder: oneOf('rgb', 'bgr'),
  activation: oneOf('softmax', 'sigmoid', 'none'),
  views: object({ clips: isCount, crops: isCount, combine: oneOf('mean', 'sum', 'max') }),
  labels: (value) => value === undefined || typeof value === 'string',
};

const isPreprocessing = (value: unknown): value is Preprocessing => object(PREPROCESSING)(value);

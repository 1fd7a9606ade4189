/** @file What exported models and converted weights say of themselves: the entries of their metadata. */
import * as v from 'valibot';
import { PREPROCESSING_KEY } from '../model/preprocessing.js';
import type { ModelMetadata } from '../runtime/runtime.js';
import { BOUNDS } from './bounds.js';
import { flag, listOf, oneOf } from './parts.js';
import { preprocessingSchema, type SchemaFields } from './preprocessing.js';
import { readData, readJson, type DataOrigin } from './read.js';

/** Names of the entries: in ONNX's `metadata_props` as JSON text, in TensorFlow.js' `userDefinedMetadata` as values. */
export const METADATA_KEYS = {
  name: 'slowfast.model',
  preprocessing: PREPROCESSING_KEY,
  labels: 'slowfast.labels',
  trained: 'slowfast.trained',
  precision: 'slowfast.precision',
} as const;

/** Class names by index; a name may be empty. */
export const labelsSchema = listOf(
  v.pipe(
    v.string('a text'),
    v.maxLength(BOUNDS.line, `a text of at most ${BOUNDS.line} characters`),
  ),
  BOUNDS.classes,
);

const SCHEMAS = {
  preprocessing: preprocessingSchema,
  labels: labelsSchema,
  trained: flag,
  precision: oneOf('int8'),
} satisfies SchemaFields<ModelMetadata>;

const FIELDS = Object.keys(SCHEMAS) as readonly (keyof typeof SCHEMAS)[];

const CHANGED: DataOrigin = {
  remedy: 'The file was changed after it was exported; export it again',
};

/** The entries for a model: its name, and its metadata where they are known. */
export function metadataValues(name: string, metadata: ModelMetadata): Record<string, unknown> {
  const fields = FIELDS.filter((field) => metadata[field] !== undefined);
  return {
    [METADATA_KEYS.name]: name,
    ...Object.fromEntries(fields.map((field) => [METADATA_KEYS[field], metadata[field]])),
  };
}

/** The same as texts: the name as it is, the others as JSON. */
export function metadataTexts(name: string, metadata: ModelMetadata): Record<string, string> {
  const texts = Object.entries(metadataValues(name, metadata)).map(
    ([key, value]) => [key, JSON.stringify(value)] as const,
  );
  return { ...Object.fromEntries(texts), [METADATA_KEYS.name]: name };
}

/**
 * The metadata that a file's entries hold, as JSON text or as values; other producers' files hold none.
 * Throws {@link SpecError} that names the entry and the key for what is not as it should be.
 */
export function readMetadata(
  entries: Readonly<Record<string, unknown>>,
  form: 'text' | 'values',
): ModelMetadata {
  const pairs = FIELDS.filter((field) => Object.hasOwn(entries, METADATA_KEYS[field])).map(
    (field) => {
      const entry = entries[METADATA_KEYS[field]];
      const origin = { ...CHANGED, site: `metadata ${METADATA_KEYS[field]}` };
      const schema: v.GenericSchema = SCHEMAS[field];
      const value =
        form === 'text' ? readJson(schema, String(entry), origin) : readData(schema, entry, origin);
      return [field, value] as const;
    },
  );
  return Object.fromEntries(pairs);
}

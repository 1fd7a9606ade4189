/**
 * @file The options of a model as converted weights remember them: text in the metadata of a file that anyone
 * may have written, so that every entry is checked before it is believed.
 */
import * as v from 'valibot';
import {
  BOUNDS,
  colourDeviations,
  colourMeans,
  fastInputName,
  frameCount,
  frameRate,
  frameStride,
  lateralName,
  readData,
  readJson,
  schemaParts,
  side,
  sides,
  soundSchema,
  viewCounts,
  type SchemaFields,
} from '@slowfast/core';
import { DATASETS, modelNames, ZOO_CONVENTIONS, type CatalogOptions } from '@slowfast/models';

const { flag, object, oneOf, positive, tripleOf, whole } = schemaParts;

/** Key of the metadata of weights of which a part was drawn, not trained; its value is `false`. */
export const TRAINED_METADATA_KEY = 'trained';

/** Key of the metadata by which converted weights remember their model. */
export const WEIGHTS_METADATA_KEY = 'slowfast';

/** The options that give a model again. */
export interface StoredOptions extends CatalogOptions {
  readonly model?: string;
}

/** One of the keys of a table. */
const keyOf = <T extends object>(table: T) =>
  oneOf(...(Object.keys(table) as [keyof T & string, ...(keyof T & string)[]]));

const windowSide = whole(1, BOUNDS.kernel);

const FIELDS = {
  model: v.picklist(modelNames(), 'the name of a model'),
  zoo: keyOf(ZOO_CONVENTIONS),
  dataset: keyOf(DATASETS),
  lateral: lateralName,
  fastInput: fastInputName,
  parts: oneOf('joints', 'limbs'),
  classes: whole(1, BOUNDS.classes),
  size: sides,
  trainCrop: side,
  frames: frameCount,
  stride: frameStride,
  alpha: frameCount,
  beta: positive,
  width: whole(1, BOUNDS.width),
  lateralKernel: windowSide,
  lateralNorm: flag,
  nonLocalSimilarity: oneOf('softmax', 'softmax-unscaled', 'dot-product', 'gaussian'),
  nonLocalPool: v.union(
    [v.literal('none'), tripleOf(windowSide, 'three sides')],
    'none or three sides',
  ),
  pool: oneOf('window', 'global'),
  fps: frameRate,
  resize: side,
  views: object({
    clips: v.exactOptional(viewCounts.clips),
    crops: v.exactOptional(viewCounts.crops),
  }),
  combine: oneOf('mean', 'max'),
  activation: oneOf('softmax', 'sigmoid'),
  channelOrder: oneOf('rgb', 'bgr'),
  mean: colourMeans,
  std: colourDeviations,
  aligned: flag,
  temporalPool: oneOf('avg', 'max'),
  sound: soundSchema,
} satisfies SchemaFields<StoredOptions>;

const SCHEMA: v.GenericSchema<unknown, StoredOptions> = v.pipe(
  v.unknown(),
  object(
    Object.fromEntries(
      Object.entries(FIELDS).map(([key, field]) => [
        key,
        v.exactOptional(field as v.GenericSchema),
      ]),
    ),
  ),
);

/** Options of a model by name, of the command line or a file. Throws SpecError for any that makes no sense. */
export const checkedOptions = (
  options: Readonly<Record<string, unknown>>,
  site: string,
): StoredOptions => readData(SCHEMA, options, { site });

/** The options in a file's metadata; none where it has no such entry. Throws SpecError for any that makes no sense. */
export function storedOptions(metadata: Readonly<Record<string, string>> = {}): StoredOptions {
  const text = metadata[WEIGHTS_METADATA_KEY];
  if (text === undefined) return {};
  return readJson(SCHEMA, text, {
    site: `metadata ${WEIGHTS_METADATA_KEY}`,
    remedy: 'The file was changed after it was converted; convert the checkpoint again',
  });
}

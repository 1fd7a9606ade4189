/** @file What weights of `slowfast train` say about themselves, so that they need no configuration beside them. */
import * as v from 'valibot';
import {
  BOUNDS,
  labelsSchema,
  networkConfigSchema,
  PREPROCESSING_KEY,
  readJson,
  readPreprocessing,
  schemaParts,
  WeightError,
  type Data,
  type DataOrigin,
} from '@slowfast/core';
import { networkFromConfig, type ConfiguredNetwork } from '@slowfast/models';

/** Key of the metadata under which trained weights keep their {@link NetworkDescription}. */
export const NETWORK_METADATA_KEY = 'slowfast.network';

const SCHEMA = v.pipe(
  schemaParts.openObject({
    config: networkConfigSchema,
    classes: schemaParts.whole(1, BOUNDS.classes),
    labels: v.exactOptional(labelsSchema),
  }),
  v.check(
    ({ classes, labels }) => labels === undefined || labels.length === classes,
    'as many labels as classes',
  ),
);

/** What a file of trained weights says about its network. */
export type NetworkDescription = Data<typeof SCHEMA>;

/** A network as its weights describe it. */
export interface DescribedNetwork extends ConfiguredNetwork {
  readonly labels?: readonly string[];
}

/**
 * The network that the metadata of a weights file describes, or nothing where it describes none. Throws
 * {@link WeightError} for a description that makes no network, and for preprocessing that makes no sense.
 */
export function describedNetwork(
  metadata: Readonly<Record<string, string>> | undefined,
  site: string,
): DescribedNetwork | undefined {
  const text = metadata?.[NETWORK_METADATA_KEY];
  if (text === undefined) return undefined;
  const origin = (key: string): DataOrigin => ({
    site: `${site}: metadata ${key}`,
    error: WeightError,
  });
  const { config, classes, labels } = readJson(SCHEMA, text, origin(NETWORK_METADATA_KEY));
  const { model, preprocessing } = composed(config, classes, site);
  const stored = metadata?.[PREPROCESSING_KEY];
  const own =
    stored === undefined ? {} : readJson(v.looseObject({}), stored, origin(PREPROCESSING_KEY));
  return {
    model,
    preprocessing: readPreprocessing({ ...preprocessing, ...own }, origin(PREPROCESSING_KEY)),
    ...(labels ? { labels } : {}),
  };
}

function composed(
  config: NetworkDescription['config'],
  classes: number,
  site: string,
): ConfiguredNetwork {
  try {
    return networkFromConfig(config, classes);
  } catch (cause) {
    throw new WeightError({
      site,
      expected: 'a network that can be composed',
      received: (cause as Error).message,
      cause,
    });
  }
}

/** @file What weights of `slowfast train` say about themselves, so that they need no preprocessing beside them. */
import { PREPROCESSING_KEY, WeightError, type Preprocessing } from '@slowfast/core';
import { networkFromConfig, type NetworkConfig, type ConfiguredNetwork } from '@slowfast/models';

/** Key of the metadata under which trained weights keep their {@link NetworkDescription}. */
export const NETWORK_METADATA_KEY = 'slowfast.network';

/** What a file of trained weights says about its network. */
export interface NetworkDescription {
  readonly config: NetworkConfig;
  readonly classes: number;
  readonly labels?: readonly string[];
}

/** A network as its weights describe it. */
export interface DescribedNetwork extends ConfiguredNetwork {
  readonly labels?: readonly string[];
}

/**
 * The network that the metadata of a weights file describes, or nothing where it describes none. Throws
 * {@link WeightError} for a description that makes no network.
 */
export function describedNetwork(
  metadata: Readonly<Record<string, string>> | undefined,
  site: string,
): DescribedNetwork | undefined {
  const text = metadata?.[NETWORK_METADATA_KEY];
  if (text === undefined) return undefined;
  const description = parsed(text, `${site}: metadata ${NETWORK_METADATA_KEY}`);
  const { labels } = description;
  const said = metadata?.[PREPROCESSING_KEY];
  try {
    const { model, preprocessing } = networkFromConfig(description.config, description.classes);
    return {
      model,
      preprocessing:
        said === undefined
          ? preprocessing
          : { ...preprocessing, ...(JSON.parse(said) as Preprocessing) },
      ...(labels ? { labels } : {}),
    };
  } catch (cause) {
    const expected = 'a network that can be composed, and its preprocessing';
    throw wrong(site, expected, (cause as Error).message, cause);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= 1e6;

/** Reads the JSON and checks what composing a network does not check itself. */
function parsed(text: string, site: string): NetworkDescription {
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw wrong(site, 'JSON', (cause as Error).message, cause);
  }
  const { config, classes, labels } = isObject(description) ? description : {};
  const { name, data, model, train } = isObject(config) ? config : {};
  const { frames, stride, fps, size } = isObject(data) ? data : {};
  const sides = Array.isArray(size) && size.length === 2 ? (size as readonly unknown[]) : [size];
  const problems = [
    typeof name === 'string' ? '' : 'config.name',
    isObject(model) ? '' : 'config.model',
    isObject(train) ? '' : 'config.train',
    isCount(frames) && isCount(stride) ? '' : 'config.data.frames and stride',
    typeof fps === 'number' && fps > 0 ? '' : 'config.data.fps',
    sides.every(isCount) ? '' : 'config.data.size',
    isCount(classes) ? '' : 'classes',
    labels === undefined || isLabels(labels, classes) ? '' : 'labels',
  ].filter((problem) => problem !== '');
  if (problems.length === 0) return description as NetworkDescription;
  throw wrong(site, 'the description of a network', `none: ${problems.join(', ')}`);
}

const isLabels = (labels: unknown, classes: unknown): boolean =>
  Array.isArray(labels) &&
  labels.length === classes &&
  labels.every((label) => typeof label === 'string');

function wrong(site: string, expected: string, received: string, cause?: unknown): WeightError {
  return new WeightError({ site, expected, received, ...(cause === undefined ? {} : { cause }) });
}

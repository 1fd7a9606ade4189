/** @file What a PySlowFast configuration says of a model that its weights do not show. */
import type { NonLocalOptions } from '@slowfast/backbones';
import {
  checkArguments,
  readYaml,
  WeightError,
  type Preprocessing,
  type Triple,
} from '@slowfast/core';

/** The entries of a PySlowFast configuration that decide scores; those it leaves out are undefined. */
export interface PySlowFastConfig {
  /** `DATA.NUM_FRAMES`: frames of the raw clip. */
  readonly frames?: number;
  /** `DATA.SAMPLING_RATE`: distance between them in raw frames. */
  readonly stride?: number;
  /** `SLOWFAST.ALPHA`, of two-pathway models. */
  readonly alpha?: number;
  /** `DATA.TEST_CROP_SIZE` in pixels. */
  readonly size?: number;
  /** `DATA.TRAIN_CROP_SIZE` in pixels: the classifier's window is 1/32 of it. */
  readonly trainCrop?: number;
  /** `DATA.REVERSE_INPUT_CHANNEL`: frames come as BGR. */
  readonly reversedChannels?: boolean;
  /** `DATA.MEAN` and `DATA.STD`, of pixels from 0 to 1. */
  readonly mean?: Preprocessing['mean'];
  readonly std?: Preprocessing['std'];
  /** `MODEL.HEAD_ACT`. */
  readonly activation?: 'softmax' | 'sigmoid';
  /** `NONLOCAL.POOL` of the stages that have non-local blocks: it has no parameters. */
  readonly nonLocalPool?: NonNullable<NonLocalOptions['pool']>;
  /** `NONLOCAL.INSTANTIATION`, of models with non-local blocks. */
  readonly nonLocalSimilarity?: NonLocalOptions['similarity'];
  /** `DETECTION.ALIGNED`, of models for people in boxes (`DETECTION.ENABLE`): RoIAlign with the half element. */
  readonly aligned?: boolean;
}

/**
 * Reads the `cfg` that PySlowFast stores in its checkpoints. Throws {@link WeightError} for text that is
 * no YAML and for entries that are not counts.
 */
export async function readPySlowFastConfig(text: string): Promise<PySlowFastConfig> {
  checkArguments('readPySlowFastConfig', { text: [text, 'string'] });

  const root = asRecord(await readYaml(text, { site: 'cfg', error: WeightError }));
  const [data, slowfast] = [asRecord(root['DATA']), asRecord(root['SLOWFAST'])];
  const twoPathways = asRecord(root['MODEL'])['ARCH'] === 'slowfast';
  const reversed = data['REVERSE_INPUT_CHANNEL'];
  const detection = asRecord(root['DETECTION']);
  const aligned = detection['ENABLE'] === true ? detection['ALIGNED'] : undefined;
  const activation = asRecord(root['MODEL'])['HEAD_ACT'];
  return {
    ...count('frames', 'DATA.NUM_FRAMES', data['NUM_FRAMES']),
    ...count('stride', 'DATA.SAMPLING_RATE', data['SAMPLING_RATE']),
    ...count('size', 'DATA.TEST_CROP_SIZE', data['TEST_CROP_SIZE']),
    ...count('trainCrop', 'DATA.TRAIN_CROP_SIZE', data['TRAIN_CROP_SIZE']),
    ...(twoPathways ? count('alpha', 'SLOWFAST.ALPHA', slowfast['ALPHA']) : {}),
    ...(typeof reversed === 'boolean' ? { reversedChannels: reversed } : {}),
    ...channels('mean', 'DATA.MEAN', data['MEAN']),
    ...channels('std', 'DATA.STD', data['STD']),
    ...(activation === 'softmax' || activation === 'sigmoid' ? { activation } : {}),
    ...nonLocal(asRecord(root['NONLOCAL'])),
    ...(typeof aligned === 'boolean' ? { aligned } : {}),
  };
}

/** Both entries are lists of stages, each a list of pathways; only Slow has blocks in any published model. */
function nonLocal(
  entries: Readonly<Record<string, unknown>>,
): Pick<PySlowFastConfig, 'nonLocalPool' | 'nonLocalSimilarity'> {
  const locations = asList(entries['LOCATION']).map((stage) => asList(asList(stage)[0]).length);
  const windows = asList(entries['POOL'])
    .filter((_, stage) => (locations[stage] ?? 0) > 0)
    .map((stage) => JSON.stringify(asList(stage)[0]));
  if (locations.every((blocks) => blocks === 0)) return {};
  const similarity = SIMILARITIES[String(entries['INSTANTIATION'])];
  return {
    ...(similarity ? { nonLocalSimilarity: similarity } : {}),
    ...(windows.length === 0 ? {} : { nonLocalPool: window(windows) }),
  };
}

const SIMILARITIES: Readonly<Record<string, NonLocalOptions['similarity'] | undefined>> = {
  softmax: 'softmax',
  dot_product: 'dot-product',
};

function window(texts: readonly string[]): NonNullable<NonLocalOptions['pool']> {
  const [first = 'null', ...others] = texts;
  const sides: unknown = JSON.parse(first);
  const isWindow = Array.isArray(sides) && sides.length === 3 && sides.every(isCount);
  if (!isWindow || others.some((text) => text !== first)) {
    throw new WeightError({
      site: 'cfg NONLOCAL.POOL',
      expected: 'one window [t, h, w] for all non-local blocks',
      received: texts.join(' and ').slice(0, 80),
    });
  }
  return sides.every((side) => side === 1) ? 'none' : (sides as unknown as Triple);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 1;

function channels<K extends string>(
  key: K,
  site: string,
  value: unknown,
): { [P in K]?: Preprocessing['mean'] } {
  if (value === undefined || value === null) return {};
  const numbers = asList(value);
  if (
    numbers.length === 3 &&
    numbers.every(Number.isFinite) &&
    !(key === 'std' && numbers.includes(0))
  ) {
    return { [key]: numbers } as { [P in K]?: Preprocessing['mean'] };
  }
  throw new WeightError({
    site: `cfg ${site}`,
    expected: key === 'std' ? 'three numbers other than 0' : 'three numbers',
    received: JSON.stringify(value).slice(0, 80),
  });
}

function count<K extends string>(key: K, site: string, value: unknown): { [P in K]?: number } {
  if (value === undefined || value === null) return {};
  if (isCount(value)) {
    return { [key]: value } as { [P in K]?: number };
  }
  throw new WeightError({
    site: `cfg ${site}`,
    expected: 'a whole number of at least 1',
    received: JSON.stringify(value),
  });
}

/** @file What a PySlowFast configuration says of a model that its weights do not show. */
import { WeightError } from '@slowfast/core';
import { parse } from 'yaml';

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
  /** `DETECTION.ALIGNED`, of models for people in boxes (`DETECTION.ENABLE`): RoIAlign with the half element. */
  readonly aligned?: boolean;
}

const MAX_CHARACTERS = 1 << 20;

/**
 * Reads the `cfg` that PySlowFast stores in its checkpoints. Throws {@link WeightError} for text that is
 * no YAML and for entries that are not counts.
 */
export function readPySlowFastConfig(text: string): PySlowFastConfig {
  const root = asRecord(parsed(text));
  const [data, slowfast] = [asRecord(root['DATA']), asRecord(root['SLOWFAST'])];
  const twoPathways = asRecord(root['MODEL'])['ARCH'] === 'slowfast';
  const reversed = data['REVERSE_INPUT_CHANNEL'];
  const detection = asRecord(root['DETECTION']);
  const aligned = detection['ENABLE'] === true ? detection['ALIGNED'] : undefined;
  return {
    ...count('frames', 'DATA.NUM_FRAMES', data['NUM_FRAMES']),
    ...count('stride', 'DATA.SAMPLING_RATE', data['SAMPLING_RATE']),
    ...count('size', 'DATA.TEST_CROP_SIZE', data['TEST_CROP_SIZE']),
    ...count('trainCrop', 'DATA.TRAIN_CROP_SIZE', data['TRAIN_CROP_SIZE']),
    ...(twoPathways ? count('alpha', 'SLOWFAST.ALPHA', slowfast['ALPHA']) : {}),
    ...(typeof reversed === 'boolean' ? { reversedChannels: reversed } : {}),
    ...(typeof aligned === 'boolean' ? { aligned } : {}),
  };
}

function parsed(text: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new WeightError({
      site: 'cfg',
      expected: `a configuration of at most ${MAX_CHARACTERS} characters`,
      received: `${text.length}`,
    });
  }
  try {
    return parse(text);
  } catch (cause) {
    const received = String((cause as Error).message).split('\n')[0]!;
    throw new WeightError({ site: 'cfg', expected: 'YAML', received, cause });
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function count<K extends string>(key: K, site: string, value: unknown): { [P in K]?: number } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) {
    return { [key]: value } as { [P in K]?: number };
  }
  throw new WeightError({
    site: `cfg ${site}`,
    expected: 'a whole number of at least 1',
    received: JSON.stringify(value),
  });
}

/** @file Entries of a PySlowFast configuration for which one value is built: any other is an error that names it. */
import { valueText, WeightError } from '@slowfast/core';

/** A configuration as nested entries. */
export type ConfigEntries = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

interface BuiltEntry {
  readonly expected: string;
  readonly isBuilt: (value: unknown, isDetector: boolean) => boolean;
}

const exactly = (target: unknown): BuiltEntry => ({
  expected: String(target),
  isBuilt: (value) => value === target,
});

/** A number for each stage, res2 to res5, the same in every pathway. */
const stages = (values: readonly number[], detectors: number): BuiltEntry => ({
  expected: `${values.join(', ')} for res2 to res5 (${detectors} for res5 of detectors)`,
  isBuilt: (value, isDetector) =>
    Array.isArray(value) &&
    value.length === values.length &&
    value.every((stage: unknown, i) => {
      const number = isDetector && i === 3 ? detectors : values[i];
      return Array.isArray(stage) && stage.every((pathway) => pathway === number);
    }),
});

const onlyDetectors = (entry: BuiltEntry): BuiltEntry => ({
  expected: entry.expected,
  isBuilt: (value, isDetector) => !isDetector || entry.isBuilt(value, isDetector),
});

/** Decide scores, and neither names nor shapes of weights show them. */
export const BUILT_ENTRIES: Readonly<Record<string, BuiltEntry>> = {
  'RESNET.NUM_GROUPS': exactly(1),
  'RESNET.STRIDE_1X1': exactly(false),
  'RESNET.SPATIAL_STRIDES': stages([1, 2, 2, 2], 1),
  'RESNET.SPATIAL_DILATIONS': stages([1, 1, 1, 1], 2),
  'NONLOCAL.GROUP': stages([1, 1, 1, 1], 1),
  'DATA.USE_OFFSET_SAMPLING': exactly(false),
  'DETECTION.SPATIAL_SCALE_FACTOR': onlyDetectors(exactly(16)),
  'DETECTION.ROI_XFORM_RESOLUTION': onlyDetectors(exactly(7)),
  'AVA.TEST_FORCE_FLIP': onlyDetectors(exactly(false)),
};

/** Throws {@link WeightError} for an entry that asks for what is not built; those left out are as built. */
export function checkBuilt(config: ConfigEntries, isDetector: boolean): void {
  for (const [path, { expected, isBuilt }] of Object.entries(BUILT_ENTRIES)) {
    const [section = '', key = ''] = path.split('.');
    const value = config[section]?.[key];
    if (value === undefined || isBuilt(value, isDetector)) continue;
    throw new WeightError({
      site: `cfg: ${path}`,
      expected,
      received: valueText(value),
      remedy: 'Networks of another kind are not built; their scores would be wrong',
    });
  }
}

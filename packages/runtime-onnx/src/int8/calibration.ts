/** @file What activations were on clips that stand for all others: the ranges that their codes cover. */
import * as v from 'valibot';
import { BOUNDS, checkArguments, readData, schemaParts, SpecError } from '@slowfast/core';

const { finite, object, oneOf, recordOf, text, whole } = schemaParts;

/** The smallest and the largest element of a value. */
export type ValueRange = readonly [min: number, max: number];

/** Ranges of a model's activations; plain JSON, so that it can be kept. */
export interface Calibration {
  /** The model's name. */
  readonly model: string;
  /** Clips that were looked at. */
  readonly clips: number;
  /** How the ranges of the clips became one: {@link CalibrateOptions.combine}. */
  readonly combine: 'mean' | 'max';
  /** By the name of the value in the graph, after prepareForInference. */
  readonly ranges: Readonly<Record<string, ValueRange>>;
}

const RANGE = 'two numbers, the smaller first';

/** {@link Calibration} as JSON. */
export const calibrationSchema = object({
  model: text(BOUNDS.name),
  clips: whole(1, BOUNDS.clips),
  combine: oneOf('mean', 'max'),
  ranges: recordOf(
    v.pipe(
      v.array(finite, RANGE),
      v.length(2, RANGE),
      v.check(([low, high]) => low! <= high!, RANGE),
    ) as unknown as v.GenericSchema<[min: number, max: number]>,
    100_000,
    'ranges by value',
  ),
});

/** Values read as {@link Calibration}, as from a JSON file; throws {@link SpecError} for what is none. */
export function checkCalibration(value: unknown, site = 'calibration'): Calibration {
  checkArguments('checkCalibration', { site: [site, 'string'] });
  return readData(calibrationSchema, value, { site, remedy: 'Calibrate again' });
}

/** The range of a value; throws {@link SpecError} where the calibration has none. */
export function rangeOf({ model, ranges }: Calibration, value: string): ValueRange {
  if (Object.hasOwn(ranges, value)) return ranges[value]!;
  throw new SpecError({
    site: value,
    expected: 'a range in the calibration',
    received: `ranges of ${Object.keys(ranges).length} other values of ${model}`,
    remedy: 'Calibrate this very model, with the same layers in float',
  });
}

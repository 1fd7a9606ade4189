/** @file What activations were on clips that stand for all others: the ranges that their codes cover. */
import { checkArguments, SpecError } from '@slowfast/core';

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

/** Values read as {@link Calibration}, as from a JSON file; throws {@link SpecError} for what is none. */
export function checkCalibration(value: unknown, site = 'calibration'): Calibration {
  checkArguments('checkCalibration', { site: [site, 'string'] });
  if (isObject(value) && typeof value['model'] === 'string' && isObject(value['ranges'])) {
    const { clips, combine, ranges } = value;
    const isWhole = Number.isInteger(clips) && (combine === 'mean' || combine === 'max');
    const wrong = Object.entries(ranges).find(([, range]) => !isRange(range));
    if (isWhole && !wrong) return value as unknown as Calibration;
    if (wrong) {
      throw new SpecError({
        site: `${site}, ${wrong[0]}`,
        expected: 'a range of two numbers, the smaller first',
        received: JSON.stringify(wrong[1]).slice(0, 60),
        remedy: 'Calibrate again',
      });
    }
  }
  throw new SpecError({
    site,
    expected: 'model, clips, combine and ranges, as calibrate() gives them',
    received: `${JSON.stringify(value)}`.slice(0, 60),
    remedy: 'Calibrate again',
  });
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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isRange = (value: unknown): value is ValueRange =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((end) => typeof end === 'number' && Number.isFinite(end)) &&
  value[0] <= value[1];

/**
 * @file Reads reference files: what a published implementation computed on formula weights and a
 * formula clip, with statistics and samples of every stage.
 */
import { SpecError } from '../errors.js';
import { sameShape, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { shapeText } from '../ops/definition.js';

/** A whole tensor of a reference file. */
export interface GoldenTensor {
  readonly shape: Shape;
  readonly value: readonly number[];
}

/** Statistics of a stage's output, and its values at some flat C-order indices. */
export interface GoldenStage {
  readonly shape: Shape;
  readonly mean: number;
  /** Standard deviation, as the population's (divided by n) or the sample's: sizes make them equal. */
  readonly std: number;
  readonly index: readonly number[];
  readonly value: readonly number[];
}

/** One reference network. */
export interface Golden {
  readonly name: string;
  /** The implementation and settings that it comes from. */
  readonly source: string;
  /** Whose names the parameters and stages have. */
  readonly naming: string;
  readonly input: {
    readonly clip: Shape;
    /** Frames of the clip that the Slow pathway gets; null for one pathway. */
    readonly slowIndices: readonly number[] | null;
    /** Boxes `[batch index, x1, y1, x2, y2]` in pixels of the clip; null without regions. */
    readonly boxes: readonly (readonly number[])[] | null;
  };
  /** Names and shapes of all parameters and statistics, in the reference's order. */
  readonly params: readonly (readonly [name: string, shape: Shape])[];
  /** Trained numbers. */
  readonly paramCount: number;
  /** Multiply-adds of convolutions and linear layers. */
  readonly convLinearMacs: number;
  readonly stages: Readonly<Record<string, GoldenStage>>;
  /** What the classifier's linear layer gave, before any activation; null where it is not recorded. */
  readonly projection: GoldenTensor | null;
  /** What the model returned. */
  readonly output: GoldenTensor;
}

/** How far a tensor is from its reference. */
export interface Agreement {
  /** Largest absolute difference; NaN counts as infinitely far. */
  readonly maxAbsDiff: number;
  /** `tolerance · max(1, largest absolute reference value)`. */
  readonly limit: number;
  /** Whether the difference is within the limit and the shapes are equal. */
  readonly ok: boolean;
}

/** Statistics of a tensor, in float64. */
export interface Statistics {
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
}

/** Reads a reference file from its JSON text or value. Throws {@link SpecError} naming the field that is wrong. */
export function parseGolden(json: unknown): Golden {
  const root = record(typeof json === 'string' ? parsedJson(json) : json, 'golden');
  const input = record(root['input'], 'input');
  return {
    name: text(root['name'], 'name'),
    source: text(root['source'], 'source'),
    naming: text(root['naming'], 'naming'),
    input: {
      clip: numbers(input['clip'], 'input.clip'),
      slowIndices: optional(input['slowIndices'], (v) => numbers(v, 'input.slowIndices')),
      boxes: optional(input['boxes'], (v) =>
        list(v, 'input.boxes').map((box, i) => numbers(box, `input.boxes[${i}]`)),
      ),
    },
    params: list(root['params'], 'params').map((entry, i) => {
      const [name, shape] = list(entry, `params[${i}]`);
      return [text(name, `params[${i}][0]`), numbers(shape, `params[${i}][1]`)];
    }),
    paramCount: number(root['paramCount'], 'paramCount'),
    convLinearMacs: number(root['convLinearMacs'], 'convLinearMacs'),
    stages: Object.fromEntries(
      Object.entries(record(root['stages'], 'stages')).map(([name, stage]) => [
        name,
        goldenStage(stage, `stages.${name}`),
      ]),
    ),
    projection: optional(root['projection'], (v) => goldenTensor(v, 'projection')),
    output: goldenTensor(root['output'], 'output'),
  };
}

/** Compares a tensor with reference values; ok if max |a − b| ≤ tolerance · max(1, max |b|) and the shapes agree. */
export function compareWithGolden(
  actual: Pick<HostTensor, 'shape' | 'data'>,
  golden: GoldenTensor,
  tolerance: number,
): Agreement {
  const at = golden.value.map((_, i) => i);
  return agreement(actual, golden, at, tolerance);
}

/** Compares a stage's output with its sampled reference values, by the rule of {@link compareWithGolden}. */
export function compareWithStage(
  actual: Pick<HostTensor, 'shape' | 'data'>,
  stage: GoldenStage,
  tolerance: number,
): Agreement & Statistics {
  return { ...agreement(actual, stage, stage.index, tolerance), ...statisticsOf(actual.data) };
}

/** Mean and population standard deviation of a tensor's elements, in float64. */
export function statisticsOf(data: HostTensor['data']): Statistics {
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  // Values come by the million: no iterator, and no power.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = values[i]! - mean;
    squares += difference * difference;
  }
  return { mean, std: Math.sqrt(squares / values.length) };
}

function agreement(
  actual: Pick<HostTensor, 'shape' | 'data'>,
  golden: GoldenTensor,
  at: readonly number[],
  tolerance: number,
): Agreement {
  let [maxAbsDiff, largest] = [0, 1];
  golden.value.forEach((expected, i) => {
    const difference = Math.abs(Number(actual.data[at[i]!]) - expected);
    maxAbsDiff = Number.isNaN(difference) ? Infinity : Math.max(maxAbsDiff, difference);
    largest = Math.max(largest, Math.abs(expected));
  });
  const limit = tolerance * largest;
  const shapesAgree =
    sameShape(actual.shape, golden.shape) && actual.data.length === sizeOf(golden.shape);
  return { maxAbsDiff, limit, ok: shapesAgree && maxAbsDiff <= limit };
}

function goldenTensor(value: unknown, site: string): GoldenTensor {
  const fields = record(value, site);
  const shape = numbers(fields['shape'], `${site}.shape`);
  const values = numbers(fields['value'], `${site}.value`);
  if (values.length !== sizeOf(shape)) {
    throw wrong(`${site}.value`, `the values of ${shapeText(shape)}`, `${values.length}`);
  }
  return { shape, value: values };
}

function goldenStage(value: unknown, site: string): GoldenStage {
  const fields = record(value, site);
  const index = numbers(fields['index'], `${site}.index`);
  const values = numbers(fields['value'], `${site}.value`);
  if (values.length !== index.length) {
    throw wrong(`${site}.value`, `${index.length} values`, `${values.length}`);
  }
  return {
    shape: numbers(fields['shape'], `${site}.shape`),
    mean: number(fields['mean'], `${site}.mean`),
    std: number(fields['std'], `${site}.std`),
    index,
    value: values,
  };
}

const wrong = (site: string, expected: string, received: string): SpecError =>
  new SpecError({ site, expected, received });

function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : 'none';
    throw new SpecError({ site: 'golden', expected: 'JSON', received, cause });
  }
}

function record(value: unknown, site: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw wrong(site, 'an object', kindOf(value));
}

function list(value: unknown, site: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(site, 'a list', kindOf(value));
}

function numbers(value: unknown, site: string): readonly number[] {
  return list(value, site).map((entry, i) => number(entry, `${site}[${i}]`));
}

function number(value: unknown, site: string): number {
  if (typeof value === 'number') return value;
  throw wrong(site, 'a number', kindOf(value));
}

function text(value: unknown, site: string): string {
  if (typeof value === 'string') return value;
  throw wrong(site, 'a text', kindOf(value));
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : value === undefined
      ? 'nothing'
      : Array.isArray(value)
        ? 'a list'
        : `a ${typeof value}`;

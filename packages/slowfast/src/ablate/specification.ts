/** @file What an ablation varies: a file of variants over one training configuration. */
import { dirname, resolve } from 'node:path';
import {
  fileText,
  readData,
  readYaml,
  schemaParts,
  SlowFastError,
  SpecError,
  type Data,
} from '@slowfast/core';
import { networkFromConfig } from '@slowfast/models';
import { parseTrainingConfig, type TrainingConfig } from '@slowfast/training';
import * as v from 'valibot';
import { defined } from '../defined.js';

const { listOf, object, optional, recordOf, text, whole } = schemaParts;

/** Any part of a training configuration; what it makes is checked as one. */
const overrides = v.record(v.string(), v.unknown(), 'keys of a training configuration');

const SCHEMA = object({
  name: text(),
  /** Folder of everything that is written. */
  output: text(),
  /** The training configuration that variants differ from. */
  base: text(),
  /** What each variant changes, by its name. */
  variants: optional(recordOf(overrides, 1000, 'changes by the name of a variant')),
  /** Values by the path of a key: every combination is a variant. */
  grid: optional(
    recordOf(listOf(v.unknown(), 1000), 100, 'lists of values by keys such as model.lateral'),
  ),
  seeds: listOf(whole(0, 2 ** 31), 1000),
  /**
   * One list, each group of which is tested on once; without it the lists are the configuration's. `count` folds of several
   * groups; default as many as there are groups.
   */
  folds: optional(object({ list: text(), group: text(), count: optional(whole(2, 1000)) })),
  /** The variant that the others are compared with; default the first. */
  baseline: optional(text()),
});

/** A file of variants. */
export type AblationSpec = Data<typeof SCHEMA>;

/** What a variant changes in the configuration. */
export interface Variant {
  readonly name: string;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** An ablation, its paths absolute. */
export interface Ablation {
  readonly name: string;
  readonly output: string;
  readonly variants: readonly Variant[];
  readonly baseline: string;
  readonly seeds: readonly number[];
  readonly folds?: { readonly list: string; readonly group: RegExp; readonly count?: number };
  /** The configuration of a variant, as JSON data with absolute paths. */
  configuration(variant: Variant): Readonly<Record<string, unknown>>;
}

/**
 * Reads an ablation from a file (YAML or JSON); paths in it are relative to it, those in its configuration to that. Every
 * variant's configuration is checked, and its network composed, before anything is trained. Throws SpecError naming the
 * variant and the key or the part that is wrong.
 */
export async function readAblation(path: string): Promise<Ablation> {
  const spec = readData(SCHEMA, await readYaml(await fileText(path), { site: path }), {
    site: path,
  });
  const from = (file: string): string => resolve(dirname(path), file);
  const base = from(spec.base);
  const raw = (await readYaml(await fileText(base), { site: base })) as Record<string, unknown>;
  const variants = variantsOf(spec, path);
  const configuration = ({ changes }: Variant) =>
    absolutePaths(merged(raw, changes), dirname(base));
  for (const variant of variants) {
    const site = `${path}: ${variant.name}`;
    const config = await parseTrainingConfig(JSON.stringify(configuration(variant)), site);
    checkNetwork(config, site);
  }
  const { baseline = variants[0]!.name } = spec;
  if (!variants.some(({ name }) => name === baseline)) {
    throw new SpecError({
      site: `${path}: baseline`,
      expected: `one of ${variants.map(({ name }) => name).join(', ')}`,
      received: baseline,
    });
  }
  return {
    name: spec.name,
    output: from(spec.output),
    variants,
    baseline,
    seeds: spec.seeds,
    configuration,
    ...(spec.folds
      ? {
          folds: {
            list: from(spec.folds.list),
            group: pattern(spec.folds.group, path),
            ...defined({ count: spec.folds.count }),
          },
        }
      : {}),
  };
}

/** Sides that do not halve evenly, say, which no key alone shows. */
function checkNetwork(config: TrainingConfig, variant: string): void {
  const anyNumber = 2;
  try {
    networkFromConfig(config, anyNumber);
  } catch (cause) {
    if (!(cause instanceof SlowFastError)) throw cause;
    const { site, expected, received, remedy } = cause;
    const own = { site: `${variant}: ${site}`, expected, received, cause };
    throw new SpecError(remedy === undefined ? own : { ...own, remedy });
  }
}

function variantsOf({ variants = {}, grid }: AblationSpec, path: string): readonly Variant[] {
  const variantList = Object.entries(variants).map(([name, changes]) => ({ name, changes }));
  const all = [...variantList, ...(grid ? gridVariants(grid) : [])];
  if (all.length > 0 && new Set(all.map(({ name }) => name)).size === all.length) return all;
  throw new SpecError({
    site: path,
    expected: 'variants of different names, or a grid',
    received: all.length === 0 ? 'neither' : 'two of one name',
  });
}

/** Every combination of values, the last key varying first: `model.lateral=t-conv, model.beta=0.25`. */
function gridVariants(grid: Readonly<Record<string, readonly unknown[]>>): readonly Variant[] {
  let combinations: readonly Variant[] = [{ name: '', changes: {} }];
  for (const [key, values] of Object.entries(grid)) {
    combinations = combinations.flatMap(({ name, changes }) =>
      values.map((value) => ({
        name: [name, `${key}=${valueText(value)}`].filter(Boolean).join(', '),
        changes: merged(changes, nested(key.split('.'), value)),
      })),
    );
  }
  return combinations;
}

const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

const nested = ([key, ...rest]: readonly string[], value: unknown): Record<string, unknown> => ({
  [key!]: rest.length === 0 ? value : nested(rest, value),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are merged key by key; null takes a key away; everything else replaces. */
function merged(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(changes)) {
    const before = result.get(key);
    if (value === null) result.delete(key);
    else result.set(key, isObject(value) && isObject(before) ? merged(before, value) : value);
  }
  return Object.fromEntries(result);
}

/** Keys of a training configuration that name files, by section. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  data: ['train', 'test', 'labels', 'prefix'],
  model: ['weights'],
};

function absolutePaths(
  config: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, unknown> {
  const sections = Object.entries(PATHS).flatMap(([section, keys]) => {
    const part = config[section];
    if (!isObject(part)) return [];
    const paths = keys.flatMap((key) => {
      const value = part[key];
      return typeof value === 'string' ? [[key, resolve(folder, value)] as const] : [];
    });
    return [[section, { ...part, ...Object.fromEntries(paths) }] as const];
  });
  return { ...config, ...Object.fromEntries(sections) };
}

function pattern(source: string, path: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw new SpecError({
      site: `${path}: folds.group`,
      expected: 'a regular expression with the group in its first parentheses',
      received: source,
      cause,
    });
  }
}

/** @file The names of the published models. */
import { checkArguments, nearestNames, SpecError } from '@slowfast/core';
import { ARCHITECTURES, type ModelName } from './architectures.js';

/** Names of all models, in the catalog's order. */
export function modelNames(): readonly ModelName[] {
  return Object.keys(ARCHITECTURES) as ModelName[];
}

/** Whether a model of this name exists. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(ARCHITECTURES, name);
}

/**
 * A name that only running shows (a flag, a file) as one of the catalog's. Throws {@link SpecError} with the
 * nearest names for an unknown one.
 *
 * @example
 * const { model } = catalogModel(checkedModelName(process.argv[2] ?? ''));
 */
export function checkedModelName(name: string): ModelName {
  checkArguments('checkedModelName', { name: [name, 'string'] });

  if (isModelName(name)) return name;
  throw new SpecError({
    site: 'model',
    expected: `one of the ${modelNames().length} known models`,
    received: `'${name}'`,
    remedy: `The nearest are ${nearestNames(name, modelNames()).join(', ')}`,
  });
}

/** @file Whether a published model can be what is asked of it. */
import { SpecError } from '@slowfast/core';
import { ARCHITECTURES, type Architecture } from './architectures.js';
import type { CatalogSettings } from './catalog-options.js';
import type { DatasetInfo } from './datasets.js';
import { FAST_INPUTS } from './fast-input.js';
import { modelNames } from './model-names.js';
import type { ZooConventions } from './zoos.js';

/** Whether there is a Fast pathway to see it. */
export function checkFastInput(
  name: string,
  architecture: Architecture,
  { fastInput }: CatalogSettings,
): void {
  known('fastInput', fastInput, FAST_INPUTS);
  if (fastInput === 'rgb') return;
  if (architecture.kind !== 'one-pathway' || architecture.pathway === 'fast') return;
  throw new SpecError({
    site: `catalogModel.fastInput of ${name}`,
    expected: 'a model with a Fast pathway',
    received: `'${fastInput}'`,
  });
}

/** Whether it draws these parts of skeletons. */
export function checkParts(
  name: string,
  architecture: Architecture,
  { parts }: CatalogSettings,
): void {
  const own = architecture.kind === 'pose' ? architecture.parts : undefined;
  if (parts === undefined || parts === own) return;
  throw new SpecError({
    site: `catalogModel.parts of ${name}`,
    expected: own ? `'${own}', which the model is of` : 'nothing, since it sees no skeletons',
    received: `'${parts}'`,
  });
}

/** Whether it hears. */
export function checkSound(
  name: string,
  architecture: Architecture,
  { sound }: CatalogSettings,
): void {
  if (sound === undefined || architecture.kind === 'audiovisual') return;
  throw new SpecError({
    site: 'catalogModel.sound',
    expected: 'a model that hears',
    received: name,
    remedy: 'Take one with the prefix av, or leave sound out',
  });
}

/** People in boxes need a model made for them, in every respect. */
export function checkRegions(
  name: string,
  architecture: Architecture,
  settings: CatalogSettings,
  dataset: DatasetInfo,
  zoo: ZooConventions,
): void {
  const detectors = modelNames().filter((model) => ARCHITECTURES[model].regions);
  if (architecture.regions !== (dataset.regions ?? false)) {
    throw new SpecError({
      site: `catalogModel.dataset of ${name}`,
      expected: architecture.regions ? 'ava' : 'a data set of whole clips',
      received: `'${settings.dataset}'`,
      remedy: architecture.regions
        ? `For whole clips take ${name.replace(/-ava$/, '')}`
        : `For people in boxes take one of ${detectors.join(', ')}`,
    });
  }
  if (architecture.regions && !zoo.regions) {
    throw new SpecError({
      site: `catalogModel.zoo of ${name}`,
      expected: 'a zoo with models for people in boxes',
      received: `'${settings.zoo}'`,
    });
  }
}

/** Below 32 pixels there is less than one position after res5. */
export function checkSize(option: 'size' | 'trainCrop', value: number): void {
  if (Number.isInteger(value) && value >= 32) return;
  throw new SpecError({
    site: `catalogModel.${option}`,
    expected: 'a whole number of at least 32 pixels',
    received: `${value}`,
  });
}

/** Whether it counts something. */
export function checkCount(option: 'stride', value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site: `catalogModel.${option}`,
    expected: 'a whole number of at least 1',
    received: `${value}`,
  });
}

/** What a table has under a name. */
export function known<T>(site: string, name: string, table: Readonly<Record<string, T>>): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry !== undefined) return entry;
  throw new SpecError({
    site: `catalogModel.${site}`,
    expected: `one of ${Object.keys(table).join(', ')}`,
    received: `'${name}'`,
  });
}

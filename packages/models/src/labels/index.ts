/** @file Class names by data set, each loaded when it is asked for. */
import { SpecError } from '@slowfast/core';

/** Names of the label sets that come with this package. */
export type LabelSet =
  'kinetics400' | 'kinetics600' | 'something-something-v2' | 'charades' | 'ava' | 'ava-background';

const MODULES: Readonly<Record<LabelSet, () => Promise<readonly string[]>>> = {
  kinetics400: async () => (await import('./kinetics400.js')).kinetics400,
  kinetics600: async () => (await import('./kinetics600.js')).kinetics600,
  'something-something-v2': async () =>
    (await import('./something-something-v2.js')).somethingSomethingV2,
  charades: async () => (await import('./charades.js')).charades,
  ava: async () => (await import('./ava.js')).ava,
  'ava-background': async () => (await import('./ava.js')).avaBackground,
};

/** Whether a name is that of a label set. */
export function isLabelSet(name: string): name is LabelSet {
  return Object.hasOwn(MODULES, name);
}

/**
 * Class names by index, in the order that published weights have. Throws {@link SpecError} for an
 * unknown name.
 */
export async function classLabels(name: string): Promise<readonly string[]> {
  if (isLabelSet(name)) return MODULES[name]();
  throw new SpecError({
    site: 'labels',
    expected: `one of ${Object.keys(MODULES).join(', ')}`,
    received: `'${name}'`,
  });
}

/** @file One HDF5 file with the features of many videos, as VSGN reads them. */
import { replaceFile, SpecError } from '@slowfast/core';
import type { VideoFeatures } from '../features/extract.js';
import { laidOut, type FeatureLayout } from '../features/layouts.js';
import { isThere } from '../files/is-there.js';
import { optionalPackage } from './optional-package.js';

/** Takes the features of a video, under its name; gives the paths of the files that they are in. */
export type KeepFeatures = (name: string, features: VideoFeatures) => Promise<readonly string[]>;

/**
 * Writes what `work` keeps into a file, which is there whole or not at all. Where there was none before and the work stops, it
 * has the videos that were done. Rejects as `work` does, and with RuntimeError where the library for HDF5 is not installed.
 */
export async function featureArchive<T>(
  path: string,
  layout: FeatureLayout,
  work: (keep: KeepFeatures) => Promise<T>,
): Promise<T> {
  const { File, ready } = await optionalPackage(
    'features --for vsgn',
    'h5wasm',
    () => import('h5wasm/node'),
  );
  await ready;
  const isNew = !(await isThere(path));
  let outcome: { readonly value: T } | { readonly error: unknown };
  await replaceFile(path, async (target) => {
    const file = new File(target, 'w');
    const names = new Set<string>();
    const keep: KeepFeatures = async (name, features) => {
      if (names.has(name)) {
        throw new SpecError({
          site: path,
          expected: 'videos of different names',
          received: `two that are called ${name}`,
        });
      }
      const [array] = Object.values(laidOut(features, layout));
      const { shape, data } = array!;
      file.create_dataset({ name, data, shape: [...shape], dtype: '<f4' });
      names.add(name);
      return [path];
    };
    try {
      outcome = { value: await work(keep) };
    } catch (error) {
      if (!isNew || names.size === 0) throw error;
      outcome = { error };
    } finally {
      file.close();
    }
  });
  if ('error' in outcome!) throw outcome.error;
  return outcome!.value;
}

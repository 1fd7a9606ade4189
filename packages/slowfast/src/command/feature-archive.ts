/** @file One HDF5 file with the features of many videos, as VSGN reads them. */
import { basename } from 'node:path';
import { FileError, firstLine, replaceFile, SpecError } from '@slowfast/core';
import type { File as Hdf5File } from 'h5wasm/node';
import type { VideoFeatures } from '../features/extract.js';
import { laidOut, type FeatureLayout } from '../features/layouts.js';
import { isThere } from '../files/is-there.js';
import { optionalPackage } from './optional-package.js';

/** Takes the features of a video, under its name; gives the paths of the files that they are in. */
export type KeepFeatures = (name: string, features: VideoFeatures) => Promise<readonly string[]>;

/** Of no video there is no file. */
const NOTHING = new Error('nothing was kept');

/**
 * Loads the library for HDF5, and gives what writes all that a work keeps into a file, which is there whole or not at all. Where
 * there was none before and the work stops, it has the videos that were done. Rejects with SpecError for videos of one name, and
 * with RuntimeError where the library is not installed.
 */
export async function featureArchive(
  path: string,
  layout: FeatureLayout,
  names: readonly string[],
): Promise<<T>(work: (keep: KeepFeatures) => Promise<T>) => Promise<T>> {
  checkNames(path, names);
  const { File, ready } = await optionalPackage(
    'features --for vsgn',
    'h5wasm',
    () => import('h5wasm/node'),
  );
  // Otherwise a full disk is an error that is printed and passed over.
  (await ready).activate_throwing_error_handler();
  return (work) => archived(File, path, layout, work);
}

async function archived<T>(
  File: typeof Hdf5File,
  path: string,
  layout: FeatureLayout,
  work: (keep: KeepFeatures) => Promise<T>,
): Promise<T> {
  const isNew = !(await isThere(path));
  let outcome: { readonly value: T } | { readonly error: unknown };
  await replaceFile(path, async (target) => {
    const file = new File(target, 'w');
    let kept = 0;
    const keep: KeepFeatures = async (name, features) => {
      const [array] = Object.values(laidOut(features, layout));
      const { shape, data } = array!;
      written(path, () => {
        file.create_dataset({ name: basename(name), data, shape: [...shape], dtype: '<f4' });
        file.flush();
      });
      kept++;
      return [path];
    };
    const end = (): unknown => written(path, () => file.close());
    try {
      outcome = { value: await work(keep) };
    } catch (error) {
      if (!isNew || kept === 0 || error instanceof FileError) {
        await Promise.resolve()
          .then(end)
          .catch(() => undefined);
        throw error;
      }
      outcome = { error };
    }
    end();
    if (kept === 0) throw NOTHING;
  }).catch((error: unknown) => {
    if (error !== NOTHING) throw error;
  });
  if ('error' in outcome!) throw outcome.error;
  return outcome!.value;
}

/** VSGN looks for a video by its name alone. */
function checkNames(site: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names.map((path) => basename(path))) {
    if (seen.has(name)) {
      throw new SpecError({
        site,
        expected: 'videos of different names',
        received: `two that are called ${name}`,
      });
    }
    seen.add(name);
  }
}

/** Does something with the library; its error is a list of all its functions, with the system's at the end. */
function written<T>(site: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const received = /error message = '([^']+)'/.exec(String(cause))?.[1] ?? firstLine(cause);
    throw new FileError({ site, expected: 'a place where a file can be written', received, cause });
  }
}

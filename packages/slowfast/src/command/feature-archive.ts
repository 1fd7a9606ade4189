/** @file One HDF5 file with the features of many videos, as VSGN reads them. */
import { FileError, firstLine, replaceFile, SpecError } from '@slowfast/core';
import type { VideoFeatures } from '../features/extract.js';
import { laidOut, type FeatureLayout } from '../features/layouts.js';
import { isThere } from '../files/is-there.js';
import { optionalPackage } from './optional-package.js';

/** Takes the features of a video, under its name; gives the paths of the files that they are in. */
export type KeepFeatures = (name: string, features: VideoFeatures) => Promise<readonly string[]>;

/** Of no video there is no file. */
const NOTHING = new Error('nothing was kept');

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
  // Otherwise a full disk is an error that is printed and passed over.
  (await ready).activate_throwing_error_handler();
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
      written(path, () => {
        file.create_dataset({ name, data, shape: [...shape], dtype: '<f4' });
        file.flush();
      });
      names.add(name);
      return [path];
    };
    const end = (): unknown => written(path, () => file.close());
    try {
      outcome = { value: await work(keep) };
    } catch (error) {
      if (!isNew || names.size === 0 || error instanceof FileError) {
        await Promise.resolve()
          .then(end)
          .catch(() => undefined);
        throw error;
      }
      outcome = { error };
    }
    end();
    if (names.size === 0) throw NOTHING;
  }).catch((error: unknown) => {
    if (error !== NOTHING) throw error;
  });
  if ('error' in outcome!) throw outcome.error;
  return outcome!.value;
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

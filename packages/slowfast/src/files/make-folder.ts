/** @file Folders that results go into. */
import { SpecError } from '@slowfast/core';

/** Makes a folder that is not there; rejects with {@link SpecError}, which names the option, where it cannot be made. */
export async function makeFolder(folder: string, site: string): Promise<void> {
  const { mkdir } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new SpecError({
      site,
      expected: 'a folder that can be written',
      received: `'${folder}' (${cause.message})`,
      cause,
    });
  });
}

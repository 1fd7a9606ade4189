/** @file The folder that files for PyTorch go into. */
import { SpecError } from '@slowfast/core';

/** Makes the folder where it is not there; rejects with {@link SpecError} where it cannot be made. */
export async function makeOutputFolder(folder: string): Promise<void> {
  const { mkdir } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new SpecError({
      site: folder,
      expected: 'a folder that can be written',
      received: cause.message,
      cause,
    });
  });
}

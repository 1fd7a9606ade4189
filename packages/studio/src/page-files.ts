/** @file The files of the built page, by their paths. */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '@slowfast/core';

/** Where `npm run build:studio` puts the page. */
const PAGE = fileURLToPath(new URL('../page', import.meta.url));

/** `/index.html` and the rest, folders too; nothing else is ever read. Rejects with {@link RuntimeError} where it was not built. */
export async function pageFiles(folder: string = PAGE): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = new Map(
    names.map((name) => [`/${name.replaceAll(sep, '/')}`, join(folder, name)] as const),
  );
  if (files.has('/index.html')) return files;
  throw new RuntimeError({
    site: folder,
    expected: 'the built page of the studio',
    received: 'no index.html',
    remedy: 'In the repository run npm run build:studio; elsewhere install @slowfast/studio again',
  });
}

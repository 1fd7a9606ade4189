/** @file The files of the built page, by their paths. */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '@slowfast/core';

/** Where `npm run build:studio` puts the page. */
const PAGE = fileURLToPath(new URL('../page', import.meta.url));

/** `/index.html` and the rest; nothing else is ever read. Rejects with {@link RuntimeError} where it was not built. */
export async function pageFiles(folder: string = PAGE): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length).replaceAll(sep, '/'), path] as const),
  );
  if (files.has('/index.html')) return files;
  throw new RuntimeError({
    site: folder,
    expected: 'the built page of the studio',
    received: 'no index.html',
    remedy: 'In the repository run npm run build:studio; elsewhere install @slowfast/studio again',
  });
}

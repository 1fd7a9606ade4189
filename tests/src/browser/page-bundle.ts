/** @file Pages of the tests as bundles of our sources. */
import { build } from 'esbuild';

/** The files of a page by their paths, from its entry points by name. */
export async function pageBundle(
  entryPoints: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    target: 'es2022',
    splitting: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@slowfast/source'],
    outdir: '/',
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}

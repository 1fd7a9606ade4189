/** @file Where this code runs, and how it imports what may not be installed. */

/** Whether this is Node; Bun and Deno count as well, as they load Node's native modules. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.versions?.node === 'string';
}

/** Imports a package by name; tests give their own. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Imports by a name that bundlers do not see: what is optional must not be required when bundling. */
export const importPackage: ImportPackage = (name) =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);

/** The first line of an error's message, without a final stop. */
export function firstLine(error: unknown): string {
  // Errors of native modules may belong to another realm, where instanceof fails.
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const text = String(isError ? error.message : error).trim();
  const line = text.split('\n', 1)[0]!.trim();
  // Node says which of our files asked for a missing package: of no use to the reader.
  return line.replace(/ imported from .*$/, '').replace(/\.$/, '');
}

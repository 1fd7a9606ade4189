/** @file Imports what may not be installed. */

/** Imports a package by name; tests give their own. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Imports by a name that bundlers do not see: what is optional must not be required when bundling. */
export const importPackage: ImportPackage = (name) =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);

/** @file Where this code runs. */

/** Whether this is Node; Bun and Deno count as well, as they load Node's native modules. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: unknown } } };
  return typeof process?.versions?.node === 'string';
}

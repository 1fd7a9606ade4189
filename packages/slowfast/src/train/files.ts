/** @file Options that may be left out. */

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Options without those that were left out. */
export function given<T extends object>(options: T): Given<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}

/** @file The version that exported files carry; a test keeps it equal to the package's. */

/** Name and version of what writes the files, as `producer_name` and `producer_version`. */
export const PRODUCER = { name: 'SlowFast.ts', version: '0.1.0' } as const;

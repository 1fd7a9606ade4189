/** @file Exit codes, and the error of a command line that cannot be carried out as it stands. */

/** Exit codes of the command. */
export const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** A command line that cannot be carried out as it stands. */
export class UsageError extends Error {
  override name = 'UsageError';
}

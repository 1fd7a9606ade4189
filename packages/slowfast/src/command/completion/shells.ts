/** @file The shells that completion scripts are written for. */

/** Names of shells. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The name of a shell. */
export type Shell = (typeof SHELLS)[number];

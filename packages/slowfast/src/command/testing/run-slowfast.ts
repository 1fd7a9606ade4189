/** @file Runs the command in the process of a test, and keeps what it writes. */
import { env } from 'node:process';
import { main } from '../main.js';
import type { Terminal } from '../terminal.js';

/** How the command ended. */
export interface Ended {
  readonly code: number;
  /** What it wrote on standard output. */
  readonly out: string;
  /** What it wrote on standard error. */
  readonly err: string;
}

/** What a test can do while the command runs. */
export interface RunOptions {
  /** In place of Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Gets what is written on standard output, as it is written. */
  readonly onOut?: (text: string) => void;
  /** The file of defaults; none without. */
  readonly config?: string;
}

/** Runs `slowfast` with these arguments. */
export const slowfast = (...argv: readonly string[]): Promise<Ended> => runSlowfast(argv);

/** Runs `slowfast` where a test listens to it or interrupts it. */
export async function runSlowfast(
  argv: readonly string[],
  { signal = new AbortController().signal, onOut, config = '' }: RunOptions = {},
): Promise<Ended> {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    out: (text) => {
      out += text;
      onOut?.(text);
    },
    err: (text) => void (err += text),
    interactive: false,
    signal,
  };
  // Whoever runs the tests may have defaults of their own.
  const code = await main(argv, terminal, { env: { ...env, SLOWFAST_CONFIG: config } });
  return { code, out, err };
}

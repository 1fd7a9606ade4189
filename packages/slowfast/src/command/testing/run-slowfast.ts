/** @file Runs the command in the process of a test, and keeps what it writes. */
import { main } from '../main.js';

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
}

/** Runs `slowfast` with these arguments. */
export const slowfast = (...argv: readonly string[]): Promise<Ended> => runSlowfast(argv);

/** Runs `slowfast` where a test listens to it or interrupts it. */
export async function runSlowfast(
  argv: readonly string[],
  { signal = new AbortController().signal, onOut }: RunOptions = {},
): Promise<Ended> {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    out: (text) => {
      out += text;
      onOut?.(text);
    },
    err: (text) => void (err += text),
    interactive: false,
    signal,
  });
  return { code, out, err };
}

/** @file Where a command writes: results on stdout, what goes beside them on stderr. */

/** The outside world of a command; tests give their own. */
export interface Terminal {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Draws the one line that is redrawn, over the one before; nothing removes it. */
  status?(line: string): void;
  /** Whether standard error is a terminal, so that progress may be drawn. */
  readonly interactive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The reason of a signal that Ctrl-C aborted. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

/** The reason of a signal that was aborted since nobody reads what is written any more (`| head`). */
export class PipeClosed extends Error {
  override name = 'PipeClosed';
  constructor() {
    super('the reader of standard output is gone');
  }
}

/** What a stream can be asked here. */
interface ColourStream {
  readonly isTTY?: boolean;
  hasColors?(count?: number, env?: object): boolean;
}

/** Whether text on a stream may have colours: NO_COLOR and FORCE_COLOR decide, then the stream. */
export function hasColours(
  stream: ColourStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const { NO_COLOR: none, FORCE_COLOR: forced } = env;
  if (none !== undefined && none !== '') return false;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && stream.hasColors?.() === true;
}

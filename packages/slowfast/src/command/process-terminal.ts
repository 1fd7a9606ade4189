/** @file The terminal of this process: escapes, colours, the status line, and streams that cannot be written. */
import colours from 'picocolors';
import { printable, printableName } from './printable.js';
import { hasColours, PipeClosed, type Terminal } from './terminal.js';

const CLEAR = '\r\u001b[K';

/** The terminal of this process. */
export interface ProcessTerminal extends Terminal {
  /** Text of our own, with colours. */
  styled(text: string): void;
  readonly colours: { readonly out: boolean; readonly err: boolean };
  /** Aborts the signal. */
  abort(reason: Error): void;
}

/** Opens the terminal of this process; what standard output cannot take aborts the signal. */
export function processTerminal(): ProcessTerminal {
  const controller = new AbortController();
  const { stdout, stderr } = process;
  const hasColour = { out: hasColours(stdout), err: hasColours(stderr) };
  const paint = colours.createColors(hasColour.err);
  const interactive = stderr.isTTY === true;
  let [line, isErrorWritable] = ['', true];
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (controller.signal.aborted) return;
    controller.abort(error.code === 'EPIPE' ? new PipeClosed() : new OutputError(error));
  });
  // What cannot be told does not end the work.
  stderr.on('error', () => (isErrorWritable = false));
  const draw = (text: string): void => {
    if (isErrorWritable) stderr.write(text);
  };
  const around = (write: () => void): void => {
    if (line === '') return write();
    draw(CLEAR);
    write();
    draw(line);
  };
  const out = (text: string): void =>
    around(() => {
      if (!controller.signal.aborted) stdout.write(text);
    });
  return {
    out: (text) => out(printable(text)),
    styled: out,
    err: (text) =>
      around(() =>
        draw(
          printable(text)
            .replace(/^error:/, (word) => paint.red(word))
            .replace(/^warning:/, (word) => paint.yellow(word)),
        ),
      ),
    status: (text) => {
      if (!interactive) return;
      const next = fitted(printableName(text), (stderr.columns ?? 80) - 1);
      if (next === line) return;
      draw(CLEAR + next);
      line = next;
    },
    interactive,
    signal: controller.signal,
    colours: hasColour,
    abort: (reason) => controller.abort(reason),
  };
}

/** The beginning of a name goes before the numbers after it do. */
function fitted(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `…${characters.slice(1 - width).join('')}`;
}

/** Standard output that cannot be written: a full disk. */
export class OutputError extends Error {
  override name = 'OutputError';
  constructor(cause: Error) {
    super(
      `standard output: expected a place that takes what is written, received ${cause.message}.`,
      { cause },
    );
  }
}

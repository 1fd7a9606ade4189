/**
 * @file Errors of every package. The text form is `site: expected X, received Y. Remedy`, so that a
 * message says where, what and how to mend it; the parts are kept as fields for programs.
 */

/** The parts of an error message. */
export interface ErrorDetails {
  /** Where it happened: a node, a lateral, a file, an option. */
  readonly site: string;
  /** What would have been right. */
  readonly expected: string;
  /** What was there instead. */
  readonly received: string;
  /** What to do about it, one sentence without a final stop. */
  readonly remedy?: string;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Characters of a part of a message: names and values of files may have any number. */
const LONGEST_PART = 2000;

/** A text that is cut in its middle where it is too long to read. */
function shortened(text: string): string {
  if (text.length <= LONGEST_PART) return text;
  const half = LONGEST_PART / 2;
  return `${text.slice(0, half)} … (${text.length} characters) … ${text.slice(-half / 2)}`;
}

const sentence = ({ site, expected, received, remedy }: ErrorDetails): string =>
  `${site}: expected ${expected}, received ${received}.${remedy ? ` ${remedy}.` : ''}`;

/** Base of every error this project throws on purpose; anything else is a bug. */
export class SlowFastError extends Error {
  override name = 'SlowFastError';
  readonly site: string;
  readonly expected: string;
  readonly received: string;
  readonly remedy: string | undefined;

  constructor({ cause, ...parts }: ErrorDetails) {
    const [site, expected, received] = [parts.site, parts.expected, parts.received].map((part) =>
      // A caller in JavaScript may name a place by what is no text.
      shortened(String(part)),
    );
    const details = { ...parts, site: site!, expected: expected!, received: received! };
    super(sentence(details), cause === undefined ? undefined : { cause });
    this.site = details.site;
    this.expected = details.expected;
    this.received = details.received;
    this.remedy = details.remedy;
  }
}

/** Shapes that do not fit together, found when composing or when feeding a model. */
export class ShapeError extends SlowFastError {
  override name = 'ShapeError';
}

/** A model, option or setting that is not valid. */
export class SpecError extends SlowFastError {
  override name = 'SpecError';
}

/** Every name by which weights and a model differ. */
export interface WeightMismatch {
  /** Names that the model reads and the weights lack. */
  readonly missing: readonly string[];
  /** Names that the weights have and the model does not read. */
  readonly unexpected: readonly string[];
  /** Names with both shapes, as text. */
  readonly misshaped: readonly string[];
}

/** Weights or a checkpoint that cannot be read or do not belong to the model. */
export class WeightError extends SlowFastError {
  override name = 'WeightError';
  /** Where names and shapes do not fit: all of them, of which the message shows the first. */
  readonly mismatch: WeightMismatch | undefined;

  constructor(details: ErrorDetails & { readonly mismatch?: WeightMismatch }) {
    super(details);
    this.mismatch = details.mismatch;
  }
}

/** A video that cannot be opened, decoded or sampled. */
export class MediaError extends SlowFastError {
  override name = 'MediaError';
}

/** Whether an error says that a video cannot be used, so that others can go on. */
export const isMediaError = (error: unknown): error is MediaError => error instanceof MediaError;

/** A file that cannot be written. */
export class FileError extends SlowFastError {
  override name = 'FileError';
}

/** A runtime that is missing, broken, or was used after it was disposed. */
export class RuntimeError extends SlowFastError {
  override name = 'RuntimeError';
}

/** The first line of an error's message, without a final stop: for messages of other libraries in ours. */
export function firstLine(error: unknown): string {
  // Errors of native modules may belong to another realm, where instanceof fails.
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const line = String(isError ? error.message : error)
    .trim()
    .split('\n', 1)[0]!;
  // Node says which of our files asked for a missing package: of no use to the reader.
  return line
    .trim()
    .replace(/ imported from .*$/, '')
    .replace(/\.$/, '');
}

/** An error that can only come from a bug of this project. */
export function internalError(what: string): Error {
  return new Error(`internal: ${what}`);
}

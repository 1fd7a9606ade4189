/** @file Text of numbered lines, and of fields between commas: the one reader of CSV. Needs no Node API. */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';

/** A row of a CSV file. */
export interface CsvRow {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** How a CSV file is read. */
export interface CsvOptions {
  /** What error messages call the file; `CSV file` by default. */
  readonly name?: string;
  /** What stands between fields; a comma by default. */
  readonly separator?: ',' | ' ' | '\t';
  /** Characters of the longest line; 65,536 by default. */
  readonly longest?: number;
}

/** A file's text, whole or in pieces (`createReadStream(path, 'utf8')`). */
export type TextChunks = Iterable<string> | AsyncIterable<string>;

/** A text as a field in quotes, which every reader of CSV takes as it is. */
export const csvQuoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A text as a field: in quotes where it has to be. */
export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? csvQuoted(text) : text);

const LONGEST = 2 ** 16;

/** A field in quotes, with the blanks around it that are no separators. */
const QUOTED = {
  ',': () => /[ \t]*"((?:[^"]|"")*)"[ \t]*/y,
  ' ': () => /"((?:[^"]|"")*)"/y,
  '\t': () => / *"((?:[^"]|"")*)" */y,
} as const;

/** Lines that are not blank, with their numbers; line ends of every system, and a byte order mark, are taken off. */
export function* numberedLines(
  text: string,
  first = 1,
): Generator<readonly [line: number, text: string], number> {
  // One after another: some lists have millions, and often the first alone is asked for.
  const ends = /\r\n|\n|\r/g;
  for (let [line, from] = [first, 0]; ; line++) {
    const end = ends.exec(text);
    const content = text.slice(from, end?.index);
    const plain = line === 1 ? content.replace(/^\uFEFF/, '') : content;
    if (plain.trim() !== '') yield [line, plain];
    if (!end) return line;
    from = ends.lastIndex;
  }
}

/**
 * Rows of a CSV file: fields trimmed, those in quotes as they are (`""` inside for a quote), blank lines left out.
 *
 * @throws SpecError naming the line that is too long, or has a quote without its end.
 */
export function* csvRows(
  text: string,
  options: CsvOptions = {},
  first = 1,
): Generator<CsvRow, number> {
  const lines = numberedLines(text, first);
  for (;;) {
    const { done, value } = lines.next();
    if (done) return value;
    const [line, content] = value;
    yield { line, fields: fieldsOf(content, line, options) };
  }
}

/** Rows of a CSV file that comes in pieces; as {@link csvRows}. */
export async function* csvRowsOf(
  chunks: TextChunks,
  options: CsvOptions = {},
): AsyncGenerator<CsvRow> {
  checkArguments('csvRowsOf', { chunks: [chunks, 'iterable'], options: [options, 'object'] });

  const { longest = LONGEST } = options;
  let rest = '';
  let line = 1;
  for await (const chunk of chunks) {
    const text = rest + chunk;
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    line = yield* csvRows(text.slice(0, end), options, line);
    if (rest.length > longest) break;
  }
  yield* csvRows(rest, options, line);
}

function fieldsOf(text: string, line: number, options: CsvOptions): readonly string[] {
  const { name = 'CSV file', separator = ',', longest = LONGEST } = options;
  const wrong = (expected: string, received: string): SpecError =>
    new SpecError({ site: `${name}:${line}`, expected, received });
  if (text.length > longest) throw wrong(`at most ${longest} characters`, `${text.length}`);
  const content = text.trim();
  if (!content.includes('"')) return content.split(separator).map((field) => field.trim());
  const start = content.length > 80 ? `'${content.slice(0, 79)}…` : `'${content}'`;
  const fields: string[] = [];
  const quoted = QUOTED[separator]();
  for (let at = 0; ; at++) {
    quoted.lastIndex = at;
    const match = quoted.exec(content);
    if (match) {
      fields.push(match[1]!.replaceAll('""', '"'));
      at = quoted.lastIndex;
    } else {
      const end = content.indexOf(separator, at);
      const field = content.slice(at, end < 0 ? undefined : end).trim();
      if (field.startsWith('"')) throw wrong('a closing quote', start);
      fields.push(field);
      at = end < 0 ? content.length : end;
    }
    if (at >= content.length) return fields;
    if (content[at] !== separator) throw wrong(`'${separator}' after a closing quote`, start);
  }
}

/** @file Comma- or space-separated records with a header line. */
import { SpecError } from '@slowfast/core';
import { lineError, numberedLines } from './list-error.js';

/** One line by the names of its columns. */
export interface CsvRecord {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/** Fields of a line; quoted ones may hold the separator, and quotes doubled. */
function fields(name: string, line: number, text: string, separator: ',' | ' '): string[] {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const match = /"((?:[^"]|"")*)"/y;
      match.lastIndex = at;
      const quoted = match.exec(text);
      if (!quoted) throw lineError(name, line, 'a closing quote', `'${text}'`);
      found.push(quoted[1]!.replaceAll('""', '"'));
      at = match.lastIndex;
    } else {
      const end = text.indexOf(separator, at);
      found.push(text.slice(at, end < 0 ? undefined : end).trim());
      at = end < 0 ? text.length : end;
    }
    if (at >= text.length) return found;
    if (text[at] !== separator) {
      throw lineError(name, line, `'${separator}' after a closing quote`, `'${text}'`);
    }
    at++;
  }
}

/**
 * Records below a header that names at least these columns, in any order.
 *
 * @throws SpecError for a column that is missing, and for a line with too many or too few fields.
 */
export function csvRecords(
  name: string,
  text: string,
  columns: readonly string[],
  separator: ',' | ' ' = ',',
): CsvRecord[] {
  const records: CsvRecord[] = [];
  let header: readonly string[] | undefined;
  for (const [line, content] of numberedLines(text)) {
    const values = fields(name, line, content.trim(), separator);
    if (!header) {
      header = values;
      const missing = columns.find((column) => !values.includes(column));
      if (missing !== undefined) {
        throw lineError(name, line, `a header with ${columns.join(', ')}`, `'${content.trim()}'`);
      }
      continue;
    }
    if (values.length !== header.length) {
      throw lineError(name, line, `${header.length} fields`, `${values.length}`);
    }
    records.push({
      line,
      values: Object.fromEntries(header.map((column, i) => [column, values[i]!])),
    });
  }
  if (!header) {
    throw new SpecError({
      site: name,
      expected: `a header with ${columns.join(', ')}`,
      received: 'an empty file',
    });
  }
  return records;
}

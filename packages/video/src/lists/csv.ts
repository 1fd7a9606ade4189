/** @file Comma- or space-separated records with a header line. */
import { csvRows, SpecError } from '@slowfast/core';
import { lineError } from './list-error.js';

/** One line by the names of its columns. */
export interface CsvRecord {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Records below a header that names at least these columns, in any order.
 *
 * @throws SpecError for a column that is missing, and for a line with too many or too few fields.
 */
export function* csvRecords(
  name: string,
  text: string,
  columns: readonly string[],
  separator: ',' | ' ' = ',',
): Generator<CsvRecord, void, undefined> {
  let header: readonly string[] | undefined;
  for (const { line, fields: values } of csvRows(text, { name, separator })) {
    if (!header) {
      header = values;
      const missing = columns.find((column) => !values.includes(column));
      if (missing !== undefined) {
        throw lineError(
          name,
          line,
          `a header with ${columns.join(', ')}`,
          `'${values.join(separator)}'`,
        );
      }
      continue;
    }
    if (values.length !== header.length) {
      throw lineError(name, line, `${header.length} fields`, `${values.length}`);
    }
    yield { line, values: Object.fromEntries(header.map((column, i) => [column, values[i]!])) };
  }
  if (!header) {
    throw new SpecError({
      site: name,
      expected: `a header with ${columns.join(', ')}`,
      received: 'an empty file',
    });
  }
}

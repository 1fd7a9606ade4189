/** @file Aligned columns of text. */

/** Rows as aligned columns, two spaces apart; columns named in `right` are aligned to the right. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => displayWidth(row[column] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    header
      .map((name, column) => {
        const cell = row[column] ?? '';
        const space = ' '.repeat(widths[column]! - displayWidth(cell));
        return right.has(name) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}

const displayWidth = (text: string): number => [...text].length;

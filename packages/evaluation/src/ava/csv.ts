/**
 * @file AVA's CSV files: `video,second,x1,y1,x2,y2,label` and, in predictions, a score; ground truth of
 * version 2.2 has a person's number in its place. An empty label is a box without an action.
 */
import { checkArguments, csvRowsOf, SpecError, type CsvRow, type TextChunks } from '@slowfast/core';
import { checkBoxCorners } from './box-corners.js';
import { AvaTableBuilder, avaFrameKey, type AvaTable } from './table.js';

/** Options of {@link readAvaTable}. */
export interface AvaTableOptions {
  /** What errors call the file; default `AVA file`. */
  readonly name?: string;
  /** What an eighth column is: `score` (default), or a `person` whose number is passed over. */
  readonly eighth?: 'score' | 'person';
  /** Rows of a lower score are left out; default none. */
  readonly threshold?: number;
}

/**
 * Reads ground truth, detections or predicted boxes. Throws {@link SpecError} naming the line for rows of
 * other columns, of numbers that are none, or of boxes that no frame has.
 */
export async function readAvaTable(
  chunks: TextChunks,
  options: AvaTableOptions = {},
): Promise<AvaTable> {
  checkArguments('readAvaTable', { chunks: [chunks, 'iterable'], options: [options, 'object'] });

  const { name = 'AVA file', eighth = 'score', threshold = -Infinity } = options;
  const builder = new AvaTableBuilder();
  for await (const { fields: cells, line } of rowsOf(chunks, name)) {
    const site = `${name}:${line}`;
    if (cells.length < 6 || cells.length > 8) {
      throw wrong(site, 'video, second, x1, y1, x2, y2, label and perhaps a score', cells.join());
    }
    const [video, second, x1, y1, x2, y2, label = '', score] = cells as [string, ...string[]];
    const value = eighth === 'score' && score !== undefined ? number(score, site) : 1;
    if (value < threshold) continue;
    const box = [
      number(x1!, site),
      number(y1!, site),
      number(x2!, site),
      number(y2!, site),
    ] as const;
    checkBoxCorners(site, box);
    builder.addTo(
      avaFrameKey(video, seconds(second!, site)),
      ...box,
      label === '' ? -1 : number(label, site),
      value,
    );
  }
  return builder.build();
}

/** Reads the key frames that are left out of an evaluation (`video,second` a line), by their keys. */
export async function readAvaExclusions(
  chunks: TextChunks,
  name = 'AVA exclusions',
): Promise<ReadonlySet<string>> {
  checkArguments('readAvaExclusions', { chunks: [chunks, 'iterable'], name: [name, 'string'] });

  const keys = new Set<string>();
  for await (const { fields: cells, line } of rowsOf(chunks, name)) {
    const site = `${name}:${line}`;
    if (cells.length !== 2) throw wrong(site, 'video, second', cells.join());
    keys.add(avaFrameKey(cells[0]!, seconds(cells[1]!, site)));
  }
  return keys;
}

// A row of AVA has eight short fields.
const rowsOf = (chunks: TextChunks, name: string): AsyncIterable<CsvRow> =>
  csvRowsOf(chunks, { name, longest: 4096 });

function number(text: string, site: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw wrong(site, 'a number', `'${text}'`);
}

function seconds(text: string, site: string): number {
  const value = number(text, site);
  if (Number.isInteger(value) && value >= 0) return value;
  throw wrong(site, 'a whole second', `'${text}'`);
}

const wrong = (site: string, expected: string, received: string): SpecError =>
  new SpecError({ site, expected, received });

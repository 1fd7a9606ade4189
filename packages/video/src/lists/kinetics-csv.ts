/** @file The annotation files of Kinetics: `label,youtube_id,time_start,time_end,split`. Needs no Node API. */
import { checkArguments, SpecError } from '@slowfast/core';
import type { ClipList } from './clip-list.js';
import { csvRecords } from './csv.js';
import { checkNotEmpty, lineError } from './list-error.js';

/** Options of `parseKineticsCsv`. */
export interface KineticsCsvOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** Class names by number; by default those that occur, sorted. */
  readonly classes?: readonly string[];
  /** Only lines of this split (`train`, `validate`, `test`); all by default. */
  readonly split?: string;
  /**
   * Path of a clip below the list's folder; by default the name that the usual download scripts give,
   * `<youtube_id>_<start>_<end>.mp4` with seconds in six digits. `{label}`, `{id}`, `{start}` and `{end}` are filled in.
   */
  readonly pattern?: string;
}

const PATTERN = '{id}_{start}_{end}.mp4';
const COLUMNS = ['label', 'youtube_id', 'time_start', 'time_end'] as const;

/**
 * Reads an annotation file of Kinetics.
 *
 * @throws SpecError for a column that is missing, a time that is no number, a class that `classes` does not
 * have, and when no line is left.
 */
export function parseKineticsCsv(text: string, options: KineticsCsvOptions = {}): ClipList {
  checkArguments('parseKineticsCsv', { text: [text, 'string'], options: [options, 'object'] });

  const { name = 'list', split, pattern = PATTERN } = options;
  const columns = split === undefined ? COLUMNS : [...COLUMNS, 'split'];
  const all = [...csvRecords(name, text, columns)];
  const records = all.filter(({ values }) => split === undefined || values['split'] === split);
  const classes =
    options.classes ?? [...new Set(records.map(({ values }) => values['label']!))].sort();
  const numbers = new Map(classes.map((label, i) => [label, i]));
  const clips = records.map(({ line, values }) => {
    const number = numbers.get(values['label']!);
    if (number === undefined) {
      throw lineError(
        name,
        line,
        `one of the ${classes.length} classes given`,
        `'${values['label']}'`,
      );
    }
    const fields: Record<string, string> = {
      label: values['label']!,
      id: values['youtube_id']!,
      start: seconds(name, line, values['time_start']!),
      end: seconds(name, line, values['time_end']!),
    };
    const path = pattern.replace(/\{(\w+)\}/g, (whole, key: string) => fields[key] ?? whole);
    return { path, labels: [number], line };
  });
  if (clips.length === 0 && split !== undefined && all.length > 0) {
    throw new SpecError({
      site: name,
      expected: `lines of the split '${split}'`,
      received: `only ${[...new Set(all.map(({ values }) => `'${values['split']}'`))].join(', ')}`,
    });
  }
  checkNotEmpty(name, clips);
  return { name, clips, multiLabel: false, classes };
}

function seconds(name: string, line: number, text: string): string {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return String(Math.trunc(Number(text))).padStart(6, '0');
  throw lineError(name, line, 'a time in seconds', `'${text}'`);
}

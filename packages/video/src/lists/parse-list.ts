/** @file Any list of clips, its format told by its beginning. Needs no Node API. */
import { checkArguments, numberedLines } from '@slowfast/core';
import { parseCharades, parseCharadesCsv } from './charades.js';
import type { ClipList } from './clip-list.js';
import { parseKineticsCsv, type KineticsCsvOptions } from './kinetics-csv.js';
import { listNotes } from './list-notes.js';
import { parsePathLabels, type PathLabelOptions } from './path-labels.js';
import { parseSomethingSomething } from './something-something.js';

/** The formats of lists. */
export type ClipListFormat =
  'path-label' | 'kinetics' | 'charades' | 'charades-csv' | 'something-something';

/** Options of {@link parseClipList}: those of all formats. */
export interface ParseListOptions extends PathLabelOptions, KineticsCsvOptions {
  /** The format; by default it is told by the beginning of the text. */
  readonly format?: ClipListFormat;
}

const PARSERS: Record<ClipListFormat, (text: string, options: ParseListOptions) => ClipList> = {
  'path-label': parsePathLabels,
  kinetics: parseKineticsCsv,
  charades: parseCharades,
  'charades-csv': parseCharadesCsv,
  'something-something': parseSomethingSomething,
};

/** The format of a list by its first line: JSON, a header of Charades or Kinetics, else paths and labels. */
export function clipListFormat(text: string): ClipListFormat {
  checkArguments('clipListFormat', { text: [text, 'string'] });

  const [first] = numberedLines(text);
  const header = first?.[1].trim() ?? '';
  if (/^\[\s*(\{|$)|^\{/.test(header)) return 'something-something';
  if (/^original_vido_id\s/.test(header)) return 'charades';
  const columns = header.split(',').map((column) => column.replaceAll('"', '').trim());
  const has = (...names: readonly string[]): boolean =>
    names.every((name) => columns.includes(name));
  if (has('id', 'actions', 'length')) return 'charades-csv';
  return has('youtube_id', 'label') ? 'kinetics' : 'path-label';
}

/**
 * Reads a list of clips in any of the formats, with notes on what looks wrong.
 *
 * @throws SpecError naming the line that cannot be read.
 */
export function parseClipList(text: string, options: ParseListOptions = {}): ClipList {
  checkArguments('parseClipList', { text: [text, 'string'], options: [options, 'object'] });

  const { format = clipListFormat(text) } = options;
  return listNotes(PARSERS[format](text, options), options.classes);
}

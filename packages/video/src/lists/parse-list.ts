/** @file Any list of clips, its format told by its first line. Needs no Node API. */
import { numberedLines } from '@slowfast/core';
import { parseCharades } from './charades.js';
import type { ClipList } from './clip-list.js';
import { parseKineticsCsv, type KineticsCsvOptions } from './kinetics-csv.js';
import { parsePathLabels, type PathLabelOptions } from './path-labels.js';

/** The formats of lists. */
export type ClipListFormat = 'path-label' | 'kinetics' | 'charades';

/** Options of {@link parseClipList}: those of all formats. */
export interface ParseListOptions extends PathLabelOptions, KineticsCsvOptions {
  /** The format; by default it is told by the first line. */
  readonly format?: ClipListFormat;
}

/** The format of a list by its first line: a header of Charades or Kinetics, else paths and labels. */
export function clipListFormat(text: string): ClipListFormat {
  const [first] = numberedLines(text);
  const header = first?.[1].trim() ?? '';
  if (/^original_vido_id\s/.test(header)) return 'charades';
  const columns = header.split(',').map((column) => column.replaceAll('"', '').trim());
  return columns.includes('youtube_id') && columns.includes('label') ? 'kinetics' : 'path-label';
}

/**
 * Reads a list of clips in any of the formats.
 *
 * @throws SpecError naming the line that cannot be read.
 */
export function parseClipList(text: string, options: ParseListOptions = {}): ClipList {
  const { format = clipListFormat(text) } = options;
  if (format === 'charades') return parseCharades(text, options);
  return format === 'kinetics' ? parseKineticsCsv(text, options) : parsePathLabels(text, options);
}

/** @file Segments as files: JSON, CSV, and subtitles. */
import { csvField } from '@slowfast/core';
import { SEGMENT_TEXTS, type ScoredSegment } from '@slowfast/evaluation';

type Segments = readonly ScoredSegment[];

/** The kinds of file, with what each writes. */
export const SEGMENT_FILES: Readonly<
  Record<'json' | 'csv' | 'srt', { readonly type: string; write(segments: Segments): string }>
> = {
  json: { type: 'application/json', write: (segments) => `${JSON.stringify(segments, null, 2)}\n` },
  csv: {
    type: 'text/csv',
    write: (segments) =>
      ['start,end,label,score', ...segments.map(csvLine)].map((line) => `${line}\r\n`).join(''),
  },
  srt: {
    type: 'application/x-subrip',
    write: (segments) =>
      // Without the empty line that ends the command's files.
      SEGMENT_TEXTS.srt(segments).replace(/\n$/, ''),
  },
};

const csvLine = ({ start, end, label, score }: ScoredSegment): string =>
  [start.toFixed(3), end.toFixed(3), csvCell(label), score.toFixed(4)].join(',');

/** Quoted where it has to be; a leading sign that a spreadsheet would compute is made a text. */
const csvCell = (text: string): string => csvField(/^[=+\-@]/.test(text) ? `'${text}` : text);

/** @file Segments as files: JSON, CSV, and subtitles. */
import type { ScoredSegment } from '@slowfast/evaluation';

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
      segments
        .map(
          ({ start, end, label, score }, i) =>
            `${i + 1}\n${clock(start)} --> ${clock(end)}\n${label.replace(/\s+/g, ' ')} (${Math.round(100 * score)} %)\n`,
        )
        .join('\n'),
  },
};

const csvLine = ({ start, end, label, score }: ScoredSegment): string =>
  [start.toFixed(3), end.toFixed(3), csvCell(label), score.toFixed(4)].join(',');

/** Quoted where it has to be; a leading sign that a spreadsheet would compute is made a text. */
const csvCell = (text: string): string => {
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** `01:02:03,004`. */
function clock(seconds: number): string {
  const all = Math.round(seconds * 1000);
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const [hours, minutes] = [Math.floor(all / 3_600_000), Math.floor(all / 60_000) % 60];
  const rest = `${all % 1000}`.padStart(3, '0');
  return `${two(hours)}:${two(minutes)}:${two(Math.floor(all / 1000) % 60)},${rest}`;
}

/** @file Segments as files: JSON, and what `slowfast segment` writes: CSV and subtitles. */
import { SEGMENT_TEXTS, type ScoredSegment } from '@slowfast/evaluation';

type Segments = readonly ScoredSegment[];

/** The kinds of file, with what each writes. */
export const SEGMENT_FILES: Readonly<
  Record<
    'json' | 'csv' | 'srt' | 'vtt',
    { readonly type: string; write(segments: Segments): string }
  >
> = {
  json: { type: 'application/json', write: (segments) => `${JSON.stringify(segments, null, 2)}\n` },
  csv: { type: 'text/csv', write: SEGMENT_TEXTS.csv },
  srt: { type: 'application/x-subrip', write: SEGMENT_TEXTS.srt },
  vtt: { type: 'text/vtt', write: SEGMENT_TEXTS.vtt },
};

/** @file Segments as text in the forms that players, spreadsheets and editors read. Needs no Node API. */
import { csvField } from '@slowfast/core';
import type { ScoredSegment } from './segment.js';

/** The kinds of files. */
export type SegmentFormat = 'csv' | 'srt' | 'vtt';

/** Writes segments, in the order of time, in each of the forms; what is written ends with a line end. */
export const SEGMENT_TEXTS: Readonly<
  Record<SegmentFormat, (segments: readonly ScoredSegment[]) => string>
> = {
  csv: (segments) =>
    ['start,end,label,score', ...segments.map(csvLine)].map((line) => `${line}\n`).join(''),
  srt: (segments) =>
    segments
      .map((segment, i) => `${i + 1}\n${span(segment, ',')}\n${caption(segment)}\n\n`)
      .join(''),
  vtt: (segments) =>
    `WEBVTT\n\n${segments
      .map((segment) => `${span(segment, '.')}\n${escapedCaption(segment)}\n\n`)
      .join('')}`,
};

const csvLine = ({ start, end, label, score }: ScoredSegment): string =>
  [start.toFixed(3), end.toFixed(3), csvField(plainText(label)), score.toFixed(6)].join(',');

/** A name, which any checkpoint may bring, made a text where a spreadsheet would compute it. */
const plainText = (label: string): string => (/^[=+\-@\t\r]/.test(label) ? `'${label}` : label);

/** A caption is one line; an empty one would end it. */
const caption = ({ label, score }: ScoredSegment): string =>
  `${label.replace(/\s+/g, ' ')} (${Math.round(100 * score)} %)`;

const escapedCaption = (segment: ScoredSegment): string =>
  caption(segment).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const span = ({ start, end }: ScoredSegment, point: ',' | '.'): string =>
  `${clock(start, point)} --> ${clock(end, point)}`;

/** `01:02:03,456`; a video that begins before zero begins there. */
function clock(seconds: number, point: ',' | '.'): string {
  const total = Math.max(0, Math.round(seconds * 1000));
  const two = (value: number): string => `${Math.floor(value)}`.padStart(2, '0');
  const parts = [total / 3_600_000, (total / 60_000) % 60, (total / 1000) % 60].map(two).join(':');
  return `${parts}${point}${`${total % 1000}`.padStart(3, '0')}`;
}

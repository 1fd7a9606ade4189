import { SEGMENT_TEXTS } from './segment-text.js';

const segments = [
  { start: 1.5666, end: 4.5, label: 'shake, "hands"', score: 0.756 },
  { start: 3723.0421, end: 3724, label: 'a\nb <i>&', score: 1 },
];

test('a table for spreadsheets', () => {
  expect(SEGMENT_TEXTS.csv(segments)).toBe(
    'start,end,label,score\n' +
      '1.567,4.500,"shake, ""hands""",0.756000\n' +
      '3723.042,3724.000,"a\nb <i>&",1.000000\n',
  );
  expect(SEGMENT_TEXTS.csv([])).toBe('start,end,label,score\n');
  // A spreadsheet would compute it, and could be made to ask another machine for it.
  const hostile = { start: 0, end: 1, label: '=1+1', score: 1 };
  expect(SEGMENT_TEXTS.csv([hostile])).toContain("0.000,1.000,'=1+1,1.000000\n");
});

test('subtitles', () => {
  expect(SEGMENT_TEXTS.srt(segments)).toBe(
    '1\n00:00:01,567 --> 00:00:04,500\nshake, "hands" (76 %)\n\n' +
      '2\n01:02:03,042 --> 01:02:04,000\na b <i>& (100 %)\n\n',
  );
  expect(SEGMENT_TEXTS.vtt(segments)).toBe(
    'WEBVTT\n\n00:00:01.567 --> 00:00:04.500\nshake, "hands" (76 %)\n\n' +
      '01:02:03.042 --> 01:02:04.000\na b &lt;i&gt;&amp; (100 %)\n\n',
  );
});

import { SEGMENT_FILES } from './segment-files.js';

const segments = [
  { start: 0, end: 1.5, label: 'handshake', score: 0.91234 },
  { start: 3725.0419, end: 3726, label: '=a, "b"', score: 1 },
];

test('segments are written as JSON, CSV and subtitles', () => {
  expect(JSON.parse(SEGMENT_FILES.json.write(segments))).toEqual(segments);
  expect(SEGMENT_FILES.csv.write(segments)).toBe(
    'start,end,label,score\r\n0.000,1.500,handshake,0.9123\r\n3725.042,3726.000,"\'=a, ""b""",1.0000\r\n',
  );
  expect(SEGMENT_FILES.srt.write(segments)).toBe(
    '1\n00:00:00,000 --> 00:00:01,500\nhandshake (91 %)\n\n' +
      '2\n01:02:05,042 --> 01:02:06,000\n=a, "b" (100 %)\n',
  );
});

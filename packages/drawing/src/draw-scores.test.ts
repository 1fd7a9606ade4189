import { drawScores } from './draw-scores.js';

const drawing = {
  times: [1, 2, 3],
  classes: [
    { label: 'wave & <b>', scores: [0, 1, 0.5] },
    { label: 'point', scores: Float32Array.from([0.25, 0.25, 0.25]) },
  ],
  segments: [{ label: 'wave & <b>', start: 61.5, end: 63 }],
  from: 0,
  to: 120,
  title: 'clip.mp4',
  threshold: 0.5,
} as const;

test('a curve a class, a bar a segment, and what it shows in sentences', () => {
  const svg = drawScores(drawing);
  // 780 points are 120 s, beginning at 150; scores go from 280 up to 60.
  expect(svg).toContain('d="M156.5 280L163 60L169.5 170"');
  expect(svg).toContain('<desc>wave &amp; &lt;b&gt; from 1:01.5 to 1:03.</desc>');
  expect(svg.match(/rx="3"/g)).toHaveLength(1);
  expect(svg).toContain('x="549.8"');
  expect(svg).not.toContain('<b>');
});

test('a video without a segment', () => {
  expect(drawScores({ ...drawing, segments: [] })).toContain('<desc>No segment.</desc>');
});

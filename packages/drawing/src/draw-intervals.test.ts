import { drawIntervals } from './draw-intervals.js';

const rows = [
  { label: 'T-conv', value: 80, low: 70, high: 90, group: 0 },
  { label: 'Slow & alone', value: 75, low: NaN, high: NaN, group: 1 },
];

test('a dot and a line a row, in words too', () => {
  const svg = drawIntervals({ title: 'Laterals', unit: 'top1, %', rows, groups: ['a', 'b'] });
  expect(svg).toContain('<desc>T-conv: 80.0, 70.0 to 90.0. Slow &amp; alone: 75.0.</desc>');
  // 70 to 90 are 550 points from 260 on.
  expect(svg).toContain('d="M260 90L810 90" class="lateral0"');
  expect(svg.match(/class="lateral/g)).toHaveLength(1);
  expect(svg).toContain('cx="397.5" cy="118" r="5" class="bar1"');
});

test('nothing to draw yet', () => {
  expect(drawIntervals({ title: 'x', unit: 'y', rows: [], groups: [] })).toContain('<svg');
});

import { labelPlaces } from './label-places.js';

test('no name covers another or a point, and each stays as near as it can', () => {
  const points = [
    { name: 'slowfast-8x8-r50', x: 100, y: 100 },
    { name: 'slowfast-4x16-r101-r50', x: 102, y: 101 },
    { name: 'ir-csn', x: 150, y: 103 },
    { name: 'alone', x: 400, y: 50 },
  ];
  const placed = labelPlaces(points);
  expect(placed.map(({ name }) => name)).toEqual(points.map(({ name }) => name));
  expect(placed[3]!.labelY).toBe(50);
  const heights = placed.slice(0, 3).map(({ labelY }) => labelY);
  for (const [i, own] of heights.entries()) {
    expect(Math.abs(own - 100)).toBeLessThan(40);
    for (const other of heights.slice(i + 1)) expect(Math.abs(own - other)).toBeGreaterThan(13);
  }
});

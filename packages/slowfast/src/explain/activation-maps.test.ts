import { float32Tensor } from '@slowfast/core';
import { heatOf, type ActivationMap } from './activation-maps.js';
import { heated, sideBySide } from './heat-overlay.js';

/** Two positions in time of a row of two cells: 0 and 4, then 2 and 2. */
const row: ActivationMap = {
  map: float32Tensor([2, 1, 2], Float32Array.of(0, 4, 2, 2)),
  frames: [10, 20],
  area: [0.25, 0, 0.75, 1],
};
const SIZE = { width: 8, height: 1 };
const heat = (maps: readonly ActivationMap[], frame: number): number[] =>
  Array.from(heatOf(maps, frame, SIZE));

describe('heatOf', () => {
  it('interpolates between cells within the area, relative to the peak; outside there is none', () => {
    expect(heat([row], 10)).toEqual([NaN, NaN, 0, 0.25, 0.75, 1, NaN, NaN]);
  });

  it('interpolates in time, and stays at the ends', () => {
    expect(heat([row], 15).slice(2, 6)).toEqual([0.25, 0.375, 0.625, 0.75]);
    expect(heat([row], 20).slice(2, 6)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(heat([row], 3)).toEqual(heat([row], 10));
    expect(heat([row], 99)).toEqual(heat([row], 20));
  });

  it('averages the views that look at a pixel, of the clips that hold the frame', () => {
    const left = { ...row, area: [0, 0, 0.5, 1] as const };
    expect(heat([row, left], 20)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, NaN, NaN]);
    const later = { ...row, frames: [30, 40], area: [0, 0, 1, 1] as const };
    expect(heat([row, later], 12).slice(0, 2)).toEqual([NaN, NaN]);
    expect(heat([row, later], 29)[0]).toBe(0);
  });

  it('is nothing where no class is seen at all', () => {
    const none = { ...row, map: float32Tensor([2, 1, 2], new Float32Array(4)) };
    expect(heat([none], 10).slice(2, 6)).toEqual([0, 0, 0, 0]);
  });
});

it('colours what is seen and darkens what nothing looks at', () => {
  const image = { width: 3, height: 1, data: new Uint8Array(9).fill(100) };
  const { data } = heated(image, Float32Array.of(0, 1, NaN));
  expect([...data.subarray(0, 3)]).toEqual([100, 100, 100]);
  expect(data[3]).toBeGreaterThan(100);
  expect(data[5]).toBeLessThan(100);
  expect([...data.subarray(6)]).toEqual([40, 40, 40]);
});

it('puts pictures side by side', () => {
  const picture = (value: number) => ({
    name: 'x',
    image: { width: 40, height: 30, data: new Uint8Array(3600).fill(value) },
  });
  const { width, height, data } = sideBySide([picture(10), picture(20)]);
  expect([width, height]).toEqual([80, 30]);
  const middle = 3 * (25 * 80 + 20);
  expect([data[middle], data[middle + 3 * 40]]).toEqual([10, 20]);
});

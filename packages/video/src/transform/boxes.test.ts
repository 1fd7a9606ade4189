import { boxInFrame, mirroredBox, type Box } from './boxes.js';

const FRAME = { width: 640, height: 360 };
const RESIZED = { width: 455, height: 256 };
const close = (actual: Box, expected: readonly number[]): void =>
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 9));

describe('boxInFrame', () => {
  it('PySlowFast scales both axes by the factor of the long side', () => {
    const factor = 455 / 640;
    close(boxInFrame('pyslowfast', [0.1, 0.2, 0.5, 0.6], FRAME, RESIZED), [
      64 * factor,
      72 * factor,
      320 * factor,
      216 * factor,
    ]);
  });

  it('and takes the long side of upright frames', () => {
    const upright = { width: 360, height: 640 };
    const [, y1] = boxInFrame('pyslowfast', [0, 0.5, 1, 1], upright, { width: 256, height: 455 });
    expect(y1).toBeCloseTo((320 * 455) / 640, 9);
  });

  it('clips to the last pixel, before scaling and after', () => {
    const factor = 455 / 640;
    close(boxInFrame('pyslowfast', [-0.2, 0, 1, 1.5], FRAME, RESIZED), [
      0,
      0,
      Math.min(639 * factor, 454),
      Math.min(359 * factor, 255),
    ]);
  });

  it('mmaction2 scales width and height separately', () => {
    close(
      boxInFrame('mmaction2', [0.1, 0.2, 0.5, 0.6], FRAME, RESIZED),
      [45.5, 51.2, 227.5, 153.6],
    );
  });

  it('follows a crop and a mirror', () => {
    const size = { width: 100, height: 80 };
    const box: Box = [0.2, 0.25, 0.5, 0.75];
    const crop = { x: 10, y: 5, side: 64 };
    close(boxInFrame('pyslowfast', box, size, size, { crop }), [10, 15, 40, 55]);
    close(boxInFrame('pyslowfast', box, size, size, { crop, flip: true }), [23, 15, 53, 55]);
    close(boxInFrame('pyslowfast', [0.5, 0, 1, 1], size, size, { crop }), [40, 0, 63, 63]);
  });

  it('mirroring twice is nothing', () => {
    expect(mirroredBox(mirroredBox([3, 1, 9, 5], 20), 20)).toEqual([3, 1, 9, 5]);
  });
});

import { flowClip } from './flow-clip.js';
import { expansionPyramid, farnebackFlow, type Flow } from './farneback.js';
import type { Plane } from './plane.js';

const [WIDTH, HEIGHT] = [96, 80];

const texture = (x: number, y: number): number =>
  127.5 +
  50 * Math.sin(0.31 * x + 0.05 * y) +
  40 * Math.cos(0.23 * y - 0.11 * x) +
  25 * Math.sin((0.017 * x * y) / 4);

const picture = (value: (x: number, y: number) => number): Plane => ({
  width: WIDTH,
  height: HEIGHT,
  data: Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    Math.round(value(i % WIDTH, Math.floor(i / WIDTH))),
  ),
});

const FIRST = picture(texture);
const flowOf = (first: Plane, second: Plane): Flow =>
  farnebackFlow(expansionPyramid(first), expansionPyramid(second));

/** The same, turned and moved a few pixels. */
const SECOND = picture((x, y) =>
  texture(x - (2.3 + 0.02 * (y - 40)), y - (-1.4 + 0.015 * (x - 48))),
);

/**
 * x, y and the flow there by OpenCV 5.0.0: `cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 15, 3, 5,
 * 1.1, 0)` of the two pictures as 8-bit arrays.
 */
// prettier-ignore
const OPENCV: readonly (readonly [x: number, y: number, dx: number, dy: number])[] = [[4, 4, 1.614435, -1.909316], [43, 4, 1.628022, -1.412531], [82, 4, 1.647195, -0.853765], [17, 16, 1.786352, -1.830064], [56, 16, 1.782603, -1.152307], [95, 16, 1.616864, -0.668093], [30, 28, 2.022626, -1.623245], [69, 28, 2.032749, -1.003892], [4, 40, 2.248755, -2.033554], [43, 40, 2.268949, -1.417628], [82, 40, 2.275904, -0.780164], [17, 52, 2.494232, -1.873176], [56, 52, 2.531009, -1.178144], [95, 52, 2.314162, -0.718232], [30, 64, 2.726082, -1.686236], [69, 64, 2.757952, -1.067107], [4, 76, 2.848909, -1.818084], [43, 76, 2.899768, -1.435769], [82, 76, 2.899478, -0.868033]];

test('flow equals that of OpenCV, at the borders too', () => {
  const { x, y } = flowOf(FIRST, SECOND);
  for (const [column, row, dx, dy] of OPENCV) {
    const at = row * WIDTH + column;
    expect(Math.abs(x.data[at]! - dx)).toBeLessThan(1e-5);
    expect(Math.abs(y.data[at]! - dy)).toBeLessThan(1e-5);
  }
});

test('pictures smaller than the window, and without texture, have finite flow', () => {
  const flat: Plane = { width: 5, height: 3, data: new Float32Array(15).fill(7) };
  const { x, y } = flowOf(flat, flat);
  expect([...x.data, ...y.data].every((value) => value === 0)).toBe(true);
});

test('a clip of flow undoes the normalisation, begins with zeros, and counts in 20 pixels', () => {
  const colours = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25], channelOrder: 'bgr' } as const;
  const plane = WIDTH * HEIGHT;
  const data = new Float32Array(3 * 2 * plane);
  [FIRST, SECOND].forEach((frame, t) => {
    colours.mean.forEach((mean, channel) => {
      frame.data.forEach((value, i) => {
        data[(channel * 2 + t) * plane + i] = (value / 255 - mean) / colours.std[channel]!;
      });
    });
  });
  const clip = { dtype: 'float32', shape: [1, 3, 2, HEIGHT, WIDTH], data } as const;
  const flow = flowClip(clip, colours);
  expect(flow.shape).toEqual([1, 2, 2, HEIGHT, WIDTH]);
  expect(flow.data.subarray(0, plane).every((value) => value === 0)).toBe(true);
  const { x, y } = flowOf(FIRST, SECOND);
  for (let i = 0; i < plane; i += 97) {
    expect(flow.data[plane + i]).toBeCloseTo(x.data[i]! / 20, 4);
    expect(flow.data[3 * plane + i]).toBeCloseTo(y.data[i]! / 20, 4);
  }
});

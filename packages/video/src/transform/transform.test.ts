import { areaInto } from './resize-area.js';
import { bilinearInto } from './resize-bilinear.js';
import { bilinearUint8Into } from './resize-bilinear-uint8.js';
import {
  cropOffsets,
  preprocessFrame,
  resizeFrame,
  shortSideSize,
  type RgbImage,
} from '../index.js';
import { normalise } from './normalise.js';

/** A picture without any symmetry. */
function picture(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = (i * i * 7 + i * 31 + (i >> 3)) & 255;
  return { width, height, data };
}

const grey = (values: number[]): RgbImage => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});

describe('resizeFrame', () => {
  test('bilinear: torch.interpolate of [0, 100, 200] to 6 and to 2', () => {
    const wide = resizeFrame(grey([0, 100, 200]), { width: 6, height: 1 }, 'bilinear');
    expect([...wide.data.subarray(0, 6)]).toEqual([0, 25, 75, 125, 175, 200]);
    const narrow = resizeFrame(grey([0, 100, 200]), { width: 2, height: 1 }, 'bilinear');
    expect([...narrow.data.subarray(0, 2)]).toEqual([25, 175]);
  });

  test('bilinear-uint8: cv2.resize of [0, 255] to 4 is [0, 64, 191, 255]', () => {
    const { data } = resizeFrame(grey([0, 255]), { width: 4, height: 1 }, 'bilinear-uint8');
    expect([...data.subarray(0, 4)]).toEqual([0, 64, 191, 255]);
  });

  test('bilinear-uint8 is within rounding of bilinear', () => {
    for (const size of [
      { width: 31, height: 22 },
      { width: 90, height: 61 },
      { width: 47, height: 40 },
    ]) {
      const image = picture(53, 37);
      const floats = resizeFrame(image, size, 'bilinear').data;
      const bytes = resizeFrame(image, size, 'bilinear-uint8').data;
      bytes.forEach((value, i) => {
        expect(Number.isInteger(value)).toBe(true);
        expect(Math.abs(value - floats[i]!)).toBeLessThan(0.8);
      });
    }
  });

  test('area is the integral over each footprint', () => {
    const image = picture(15, 10);
    const size = { width: 6, height: 4 };
    const { data } = resizeFrame(image, size, 'area');
    // 15 / 6 and 10 / 4 are 2.5: on a grid of half pixels every footprint is 5 by 5 whole cells.
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          let sum = 0;
          for (let v = 5 * y; v < 5 * y + 5; v++) {
            for (let u = 5 * x; u < 5 * x + 5; u++) {
              sum += image.data[3 * ((v >> 1) * image.width + (u >> 1)) + channel]!;
            }
          }
          expect(data[(channel * size.height + y) * size.width + x]).toBe(Math.round(sum / 25));
        }
      }
    }
  });

  test('every method leaves a picture of the right size as it is', () => {
    const image = picture(13, 9);
    for (const method of ['bilinear', 'bilinear-uint8', 'area'] as const) {
      const { data } = resizeFrame(image, image, method);
      for (let channel = 0; channel < 3; channel++) {
        const plane = [...data.subarray(channel * 117, (channel + 1) * 117)];
        expect(plane).toEqual([...image.data].filter((_, i) => i % 3 === channel));
      }
    }
  });
});

test.each([
  ['bilinear', bilinearInto],
  ['bilinear-uint8', bilinearUint8Into],
  ['area', areaInto],
] as const)(
  '%s at its own size gives the bytes as they are, as its resampler does',
  (method, into) => {
    const [width, height] = [13, 7];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 97 + 13) % 256);
    const resampled = { width, height, data: new Float32Array(3 * width * height) };
    into({ width, height, data }, resampled);
    const resized = resizeFrame({ width, height, data }, { width, height }, method);
    expect(resized.data).toEqual(resampled.data);
  },
);

test('the long side is rounded down, to the nearest for PySlowFast and mmaction2', () => {
  expect(shortSideSize('pytorchvideo', 320, 240, 182)).toEqual({ width: 242, height: 182 });
  expect(shortSideSize('pyslowfast', 320, 240, 182)).toEqual({ width: 243, height: 182 });
  expect(shortSideSize('mmaction2', 240, 320, 182)).toEqual({ width: 182, height: 243 });
  expect(shortSideSize('custom', 340, 256, 256)).toEqual({ width: 340, height: 256 });
  expect(() => shortSideSize('custom', 340, 256, 0)).toThrow(
    'preprocessing.resize: expected a positive integer, received 0.',
  );
});

describe('cropOffsets', () => {
  const wide = { width: 341, height: 256 };

  test('centre of an odd rest: half to even, up, down', () => {
    const centre = (preset: 'pytorchvideo' | 'pyslowfast' | 'mmaction2', width: number) =>
      cropOffsets(preset, { width, height: 256 }, 256, 1)[0];
    expect(centre('pytorchvideo', 341)).toEqual({ x: 42, y: 0 });
    expect(centre('pytorchvideo', 343)).toEqual({ x: 44, y: 0 });
    expect(centre('pyslowfast', 341)).toEqual({ x: 43, y: 0 });
    expect(centre('mmaction2', 343)).toEqual({ x: 43, y: 0 });
  });

  test('three along the long side, in the preset’s order', () => {
    const x = (preset: 'pytorchvideo' | 'pyslowfast' | 'mmaction2' | 'custom') =>
      cropOffsets(preset, wide, 256, 3).map((offset) => offset.x);
    expect(x('pytorchvideo')).toEqual([0, 43, 85]);
    expect(x('pyslowfast')).toEqual([0, 43, 85]);
    expect(x('mmaction2')).toEqual([0, 84, 42]);
    expect(x('custom')).toEqual([0, 43, 85]);
    expect(cropOffsets('pyslowfast', { width: 256, height: 341 }, 224, 3)).toEqual([
      { x: 16, y: 0 },
      { x: 16, y: 59 },
      { x: 16, y: 117 },
    ]);
  });

  test('refuses what does not fit', () => {
    expect(() => cropOffsets('pyslowfast', wide, 256, 2)).toThrow(
      'crops: expected 1 or 3, received 2.',
    );
    expect(() => cropOffsets('pyslowfast', wide, 288, 1)).toThrow(
      'preprocessing.crop: expected an integer from 1 to the short side of a resized frame of 341x256, received 288.',
    );
  });
});

test('normalise: mean and std are in the order of the channels they are given for', () => {
  const image = { width: 1, height: 1, data: Float32Array.from([255, 127.5, 0]) };
  const mean = [0.5, 0.25, 0] as const;
  const std = [0.5, 0.25, 1] as const;
  normalise(image, { mean, std, channelOrder: 'rgb' });
  expect([...image.data]).toEqual([1, 1, 0]);
  const other = { width: 1, height: 1, data: Float32Array.from([255, 127.5, 0]) };
  normalise(other, { mean, std, channelOrder: 'bgr' });
  expect([...other.data]).toEqual([-1, 1, 1]);
});

test.each(['rgb', 'bgr'] as const)(
  'a frame of its own size is normalised in one step: %s',
  (order) => {
    const frame = { width: 6, height: 4, data: Uint8Array.from({ length: 72 }, (_, i) => i * 37) };
    const preprocessing = {
      ...{ sampling: 'mmaction2' as const, resize: 4, channelOrder: order },
      ...{ mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.3, 0.4] as const },
    };
    const steps = resizeFrame(frame, { width: 6, height: 4 }, 'bilinear-uint8');
    normalise(steps, preprocessing);
    expect(preprocessFrame(frame, preprocessing)).toEqual(steps);
  },
);

import { BOUNDS } from '@slowfast/core';
import { MOST } from './bounds.js';
import { clipSampling, frameRate, inputSize, positiveUpTo } from './values.js';

test('what options may ask for at most is what data from files may', () => {
  expect(BOUNDS).toMatchObject(MOST);
});

test.each<[(text: string) => unknown, string, string]>([
  [inputSize, '99999x99999', "expected sides of at most 8192 pixels, received '99999x99999'"],
  [inputSize, '8193', "expected sides of at most 8192 pixels, received '8193'"],
  [positiveUpTo(4096), '4097', "expected a whole number from 1 to 4096, received '4097'"],
  [frameRate, '1001', "expected a number above 0 and at most 1000, received '1001'"],
  [clipSampling, '4097x1', "expected frames x stride such as 32x2 or 32x2@25, received '4097x1'"],
  [clipSampling, '32x2@2000', 'expected frames x stride such as 32x2 or 32x2@25'],
])('%p refuses %s', (parse, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('the bounds themselves are parsed', () => {
  expect(inputSize('8192x64')).toEqual([8192, 64]);
  expect(positiveUpTo(4096)('4096')).toBe(4096);
  expect(clipSampling('4096x2@1000')).toEqual({ frames: 4096, stride: 2, fps: 1000 });
});

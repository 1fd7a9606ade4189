import { inflateSync } from 'node:zlib';
import { pngOf } from './png.js';

it('writes a PNG: the bytes of an empty IEND are known, the rest is read back', () => {
  const png = pngOf(2, 2, Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]));
  expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  expect(png.subarray(12, 33).toString('hex')).toBe(
    '494844520000000200000002080200000' + '0fdd49a73',
  );
  const data = png.subarray(41, 41 + png.readUInt32BE(33));
  expect([...inflateSync(data)]).toEqual([0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 8, 7]);
});

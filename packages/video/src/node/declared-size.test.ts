import { bytesSource } from '@slowfast/core';
import { isCutShort } from './declared-size.js';

const cutShort = (...parts: (string | number[])[]): Promise<boolean> =>
  isCutShort(
    bytesSource(Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))),
  );

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

test('RIFF: one chunk, several chunks, a recording that was never finished', async () => {
  expect(await cutShort('RIFF', [16, 0, 0, 0], 'AVI ', zeros(12))).toBe(false);
  expect(await cutShort('RIFF', [17, 0, 0, 0], 'AVI ', zeros(12))).toBe(true);
  const first = ['RIFF', [12, 0, 0, 0], 'AVI ', zeros(8)];
  expect(await cutShort(...first, 'RIFF', [4, 0, 0, 0], 'AVIX')).toBe(false);
  expect(await cutShort(...first, 'RIFF', [9, 0, 0, 0], 'AVIX')).toBe(true);
  expect(await cutShort('RIFF', [0, 0, 0, 0], 'AVI ', zeros(12))).toBe(false);
});

test('MP4: boxes with a short length, a long length, and one up to the end of the file', async () => {
  const head = [[0, 0, 0, 12], 'ftyp', zeros(4)];
  expect(await cutShort(...head, [0, 0, 0, 10], 'mdat', zeros(2))).toBe(false);
  expect(await cutShort(...head, [0, 0, 0, 11], 'mdat', zeros(2))).toBe(true);
  expect(await cutShort(...head, [0, 0, 0, 0], 'mdat', zeros(2))).toBe(false);
  const long = [[0, 0, 0, 1], 'mdat', zeros(7)];
  expect(await cutShort(...head, ...long, [18], zeros(2))).toBe(false);
  expect(await cutShort(...head, ...long, [19], zeros(2))).toBe(true);
  expect(await cutShort(...head, [0, 0, 0, 1], 'mdat')).toBe(true);
});

test('Matroska: a segment of known, of longer and of unknown length', async () => {
  const head = [[0x1a, 0x45, 0xdf, 0xa3, 0x84], zeros(4), [0x18, 0x53, 0x80, 0x67]];
  expect(await cutShort(...head, [0x88], zeros(8))).toBe(false);
  expect(await cutShort(...head, [0x89], zeros(8))).toBe(true);
  expect(await cutShort(...head, [0x40, 0x07], zeros(7))).toBe(false);
  expect(await cutShort(...head, [0x40, 0x08], zeros(7))).toBe(true);
  expect(await cutShort(...head, [0x01], new Array<number>(7).fill(255), zeros(4))).toBe(false);
});

test('anything else, and what is too short to tell, counts as complete', async () => {
  expect(await cutShort('GIF89a', zeros(20))).toBe(false);
  expect(await cutShort('RIFF')).toBe(false);
});

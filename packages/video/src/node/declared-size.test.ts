import { bytesSource } from '@slowfast/core';
import { declaredSize } from './declared-size.js';

type Parts = (string | number[])[];

const sizeOf = (...parts: Parts): ReturnType<typeof declaredSize> =>
  declaredSize(
    bytesSource(Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))),
  );

const cutShort = async (...parts: Parts): Promise<boolean> => (await sizeOf(...parts)).isCutShort;

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

test('Matroska: seconds by its own scale, of 4 or 8 bytes, absent where there are none', async () => {
  const secondsOf = async (info: Parts, before: Parts = []): Promise<number | undefined> => {
    const length = info.flat().length;
    const head = [[0x1a, 0x45, 0xdf, 0xa3, 0x84], zeros(4), [0x18, 0x53, 0x80, 0x67, 0xfe]];
    const declared = [...before, [0x15, 0x49, 0xa9, 0x66, 0x80 + length], ...info];
    return (await sizeOf(...head, ...declared)).seconds;
  };
  const duration = (bytes: Uint8Array): number[] => [0x44, 0x89, 0x80 + bytes.length, ...bytes];
  const short = new Uint8Array(new Float32Array([2500]).buffer).reverse();
  const long = new Uint8Array(new Float64Array([2500]).buffer).reverse();
  expect(await secondsOf([duration(short)])).toBe(2.5);
  expect(await secondsOf([duration(long)], [[0xec, 0x82, 0, 0]])).toBe(2.5);
  expect(await secondsOf([[0x2a, 0xd7, 0xb1, 0x82, 0x27, 0x10], duration(long)])).toBe(0.025);
  expect(await secondsOf([[0x73, 0xa4, 0x80]])).toBeUndefined();
  expect(await secondsOf([duration(Uint8Array.of(0x7f, 0xc0, 0, 0))])).toBeUndefined();
});

test('anything else, and what is too short to tell, counts as complete', async () => {
  expect(await cutShort('GIF89a', zeros(20))).toBe(false);
  expect(await cutShort('RIFF')).toBe(false);
});

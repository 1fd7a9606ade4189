import { npyBytes, npzChunks } from './index.js';

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('npyBytes', () => {
  it('is what numpy.save writes of [[1, 2, 3], [4, 5, 6.5]]', () => {
    const bytes = npyBytes({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6.5) });
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    expect(latin(bytes.subarray(0, 128))).toBe(`\x93NUMPY\x01\x00\x76\x00${header}\n`);
    expect(Buffer.from(bytes.subarray(128)).toString('hex')).toBe(
      '0000803f0000004000004040000080400000a0400000d040',
    );
  });

  it('knows its element types, a scalar and a vector', () => {
    const header = (bytes: Uint8Array): string => latin(bytes).slice(10, 80);
    expect(header(npyBytes({ shape: [], data: Float64Array.of(1) }))).toContain(
      "'<f8', 'fortran_order': False, 'shape': (), }",
    );
    expect(header(npyBytes({ shape: [1], data: BigInt64Array.of(-1n) }))).toContain(
      "'<i8', 'fortran_order': False, 'shape': (1,), }",
    );
    expect(header(npyBytes({ shape: [0, 2], data: new Int32Array() }))).toContain(
      "'<i4', 'fortran_order': False, 'shape': (0, 2), }",
    );
  });

  it('refuses a shape that does not fit', () => {
    expect(() => npyBytes({ shape: [2, 2], data: new Float32Array(3) })).toThrow(
      'npy: expected 4 elements for [2, 2], received 3.',
    );
  });
});

describe('npzChunks', () => {
  /** Entries by the central directory: name, stored bytes, CRC. */
  function entries(zip: Buffer): { name: string; bytes: Buffer; crc: number }[] {
    const end = zip.length - 22;
    expect(zip.readUInt32LE(end)).toBe(0x06054b50);
    let at = zip.readUInt32LE(end + 16);
    expect(at + zip.readUInt32LE(end + 12)).toBe(end);
    return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
      expect(zip.readUInt32LE(at)).toBe(0x02014b50);
      expect(zip.readUInt16LE(at + 10)).toBe(0);
      const size = zip.readUInt32LE(at + 24);
      const length = zip.readUInt16LE(at + 28);
      const name = zip.toString('utf8', at + 46, at + 46 + length);
      const local = zip.readUInt32LE(at + 42);
      expect(zip.readUInt32LE(local)).toBe(0x04034b50);
      expect(zip.toString('utf8', local + 30, local + 30 + length)).toBe(name);
      const crc = zip.readUInt32LE(at + 16);
      const bytes = zip.subarray(local + 30 + length, local + 30 + length + size);
      at += 46 + length;
      return { name, bytes, crc };
    });
  }

  it('is an archive of npy files, stored, with names in UTF-8', () => {
    const head = { shape: [1, 2], data: Float32Array.of(1, 2) };
    const times = { shape: [2], data: Float64Array.of(0.5, 1) };
    const found = entries(Buffer.concat([...npzChunks({ head, größe: times })]));
    expect(found.map(({ name }) => name)).toEqual(['head.npy', 'größe.npy']);
    expect(found[0]!.bytes).toEqual(Buffer.from(npyBytes(head)));
    expect(found[1]!.bytes).toEqual(Buffer.from(npyBytes(times)));
  });

  it('has the checksum that zip wants', () => {
    const array = { shape: [3], data: Float32Array.of(1, 2, 3) };
    const { bytes, crc } = entries(Buffer.concat([...npzChunks({ a: array })]))[0]!;
    expect(crc).toBe(bitwiseCrc(bytes));
  });

  /** CRC-32 straight from its definition, bit by bit. */
  function bitwiseCrc(bytes: Uint8Array): number {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return (crc ^ 0xffffffff) >>> 0;
  }
});

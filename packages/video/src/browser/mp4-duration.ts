/**
 * @file How long the pictures of an MP4 last as FFmpeg counts, and PyTorchVideo with it: the durations of the samples in
 * the order in which they are stored. Mediabunny gives each the one up to the next picture shown, which is another where
 * they last differently long.
 */
import type { ByteSource } from '@slowfast/core';

const LARGEST_INDEX = 2 ** 26;

interface Box {
  readonly type: string;
  readonly body: DataView;
}

/** Boxes one after the other; what is no box ends them. */
function* boxes(bytes: DataView): Generator<Box> {
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const length = bytes.getUint32(at);
    if (length < 8 || at + length > bytes.byteLength) return;
    const type = typeAt(bytes, at + 4);
    yield { type, body: new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 8) };
    at += length;
  }
}

const typeAt = (bytes: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(at + i)));

function inside(parent: DataView | undefined, ...path: readonly string[]): DataView | undefined {
  let body = parent;
  for (const type of path) {
    const box = body && [...boxes(body)].find((child) => child.type === type);
    body = box?.body;
  }
  return body;
}

/** The box that holds the index, wherever in the file it is. */
async function movie(file: ByteSource): Promise<DataView | undefined> {
  for (let at = 0; at + 16 <= file.size;) {
    const bytes = await file.read(at, 16);
    const head = new DataView(bytes.buffer, bytes.byteOffset, 16);
    const short = head.getUint32(0);
    const [start, length] = short === 1 ? [16, Number(head.getBigUint64(8))] : [8, short];
    if (length < start || at + length > file.size) return undefined;
    if (typeAt(head, 4) === 'moov') {
      if (length > LARGEST_INDEX) return undefined;
      const body = await file.read(at + start, length - start);
      return new DataView(body.buffer, body.byteOffset, body.byteLength);
    }
    at += length;
  }
  return undefined;
}

/** Ticks of all samples of the first track of pictures; absent in a fragmented file, whose index is empty. */
export async function sampleTicks(file: ByteSource): Promise<number | undefined> {
  const index = await movie(file);
  if (!index) return undefined;
  for (const { type, body } of boxes(index)) {
    if (type !== 'trak') continue;
    const media = inside(body, 'mdia');
    const handler = inside(media, 'hdlr');
    if (!handler || handler.byteLength < 12 || typeAt(handler, 8) !== 'vide') continue;
    const times = inside(media, 'minf', 'stbl', 'stts');
    if (!times || times.byteLength < 8) return undefined;
    let sum = 0;
    const entries = Math.min(times.getUint32(4), Math.floor((times.byteLength - 8) / 8));
    for (let i = 0; i < entries; i++) {
      sum += times.getUint32(8 + 8 * i) * times.getUint32(12 + 8 * i);
    }
    return sum > 0 ? sum : undefined;
  }
  return undefined;
}

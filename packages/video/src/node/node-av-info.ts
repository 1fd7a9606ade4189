/** @file Reading a stream's info and the time stamps of its packets with node-av, without decoding. */
import type { Stream } from 'node-av/lib';
import type { Orientation } from '../types.js';
import type { StreamInfoOptions, Source, StreamInfo } from './backend.js';
import { tooLarge, tooManyFrames, unsupportedCodec } from './media-errors.js';
import type { NodeAv } from './node-av.js';
import { openStream, type OpenedStream } from './node-av-open.js';
import { orientationOf, UPRIGHT } from './orientation.js';

const ratio = ({ num, den }: { num: number; den: number }): number => (den > 0 ? num / den : 0);

function orientation({ constants }: NodeAv, stream: Stream): Orientation {
  const bytes = stream.codecpar.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX);
  if (!bytes || bytes.length < 36) return UPRIGHT;
  return orientationOf(Array.from({ length: 9 }, (_, i) => bytes.readInt32LE(4 * i)));
}

/** Reads every packet of the stream; the reading ends in `broken` if it ends in an error. */
async function readPackets(
  { lib, constants }: NodeAv,
  { format, index }: OpenedStream,
  input: Source,
  { maxFrames, signal }: StreamInfoOptions,
): Promise<Pick<StreamInfo, 'packetTicks' | 'doubtful' | 'broken'>> {
  const packetTicks: (number | undefined)[] = [];
  let doubtful = false;
  const packet = new lib.Packet();
  packet.alloc();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const code = await format.readFrame(packet);
      if (code < 0) return { packetTicks, doubtful, broken: code !== constants.AVERROR_EOF };
      if (packet.streamIndex === index) {
        const { pts, flags } = packet;
        const skip = (flags & constants.AV_PKT_FLAG_DISCARD) !== 0;
        doubtful ||= skip || (flags & constants.AV_PKT_FLAG_CORRUPT) !== 0;
        if (!skip) packetTicks.push(pts === constants.AV_NOPTS_VALUE ? undefined : Number(pts));
        if (packetTicks.length > maxFrames) throw tooManyFrames(input.path, maxFrames);
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
}

/** Reads what the headers and packets of a file tell about its video stream. */
export async function infoWithNodeAv(
  av: NodeAv,
  input: Source,
  options: StreamInfoOptions,
): Promise<StreamInfo> {
  const { lib, constants } = av;
  const opened = await openStream(av, input);
  try {
    const { stream, format } = opened;
    const { codecId, codecTagString, width, height } = stream.codecpar;
    const codec = lib.avGetCodecName(codecId) ?? 'none';
    if (!lib.Codec.findDecoder(codecId)) {
      const name = codec === 'none' ? `the unknown codec '${codecTagString ?? ''}'` : codec;
      throw unsupportedCodec(input.path, name, 'node-av');
    }
    if (width * height > options.maxPixels) {
      throw tooLarge(input.path, width, height, options.maxPixels);
    }
    const { num, den } = stream.timeBase;
    const duration = stream.duration;
    const known = duration !== constants.AV_NOPTS_VALUE && duration > 0n;
    const declared = Number(stream.nbFrames);
    const head = {
      codec,
      container: format.iformat?.name ?? 'unknown',
      width,
      height,
      orientation: orientation(av, stream),
      timeBase: { num, den },
      nominalFps: ratio(stream.rFrameRate),
      averageFps: ratio(stream.avgFrameRate),
      durationTicks: known ? Number(duration) : undefined,
      declaredFrames: declared > 0 ? declared : undefined,
    };
    return { ...head, ...(await readPackets(av, opened, input, options)) };
  } finally {
    await opened.close();
  }
}

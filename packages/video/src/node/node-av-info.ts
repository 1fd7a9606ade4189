/** @file Reading a stream's info and the time stamps of its packets with node-av, without decoding. */
import type { Orientation } from '../types.js';
import type { StreamInfoOptions, Source, StreamInfo } from './backend.js';
import { tooLarge, tooManyFrames, unsupportedCodec } from './media-errors.js';
import { AV, type NodeAv, type Stream } from './node-av-binding.js';
import { openStream, type OpenedStream } from './node-av-open.js';
import { orientationOf, UPRIGHT } from './orientation.js';

const ratio = ({ num, den }: { num: number; den: number }): number => (den > 0 ? num / den : 0);

function orientation(stream: Stream): Orientation {
  const bytes = stream.codecpar.getCodedSideData(AV.PKT_DATA_DISPLAYMATRIX);
  if (!bytes || bytes.length < 36) return UPRIGHT;
  return orientationOf(Array.from({ length: 9 }, (_, i) => bytes.readInt32LE(4 * i)));
}

type PacketFacts = Pick<
  StreamInfo,
  'packetTicks' | 'packetDuration' | 'edited' | 'doubtful' | 'broken'
>;

/** Reads every packet of the stream; the reading ends in `broken` if it ends in an error. */
async function readPackets(
  av: NodeAv,
  { format, index }: OpenedStream,
  input: Source,
  { maxFrames, signal }: StreamInfoOptions,
): Promise<PacketFacts> {
  const packetTicks: (number | undefined)[] = [];
  let packetDuration: number | undefined;
  let edited = false;
  let doubtful = false;
  const packet = new av.Packet();
  packet.alloc();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const code = await format.readFrame(packet);
      if (code < 0) {
        const broken = code !== AV.ERROR_EOF;
        return { packetTicks, packetDuration, edited, doubtful, broken };
      }
      if (packet.streamIndex === index) {
        const { pts, flags, duration, size } = packet;
        const discard = (flags & AV.PKT_FLAG_DISCARD) !== 0;
        edited ||= discard;
        doubtful ||= discard || (flags & AV.PKT_FLAG_CORRUPT) !== 0;
        if (duration > 0n) packetDuration ??= Number(duration);
        // An empty packet (AVI) stands for the frame before it.
        if (!discard && size > 0)
          packetTicks.push(pts === AV.NOPTS_VALUE ? undefined : Number(pts));
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
  const opened = await openStream(av, input, options.ignoreEdits);
  try {
    const { stream, format } = opened;
    const { codecId, codecTagString, width, height, videoDelay } = stream.codecpar;
    const codec = av.avGetCodecName(codecId) ?? 'none';
    if (!av.Codec.findDecoder(codecId)) {
      const name = codec === 'none' ? `the unknown codec '${codecTagString ?? ''}'` : codec;
      throw unsupportedCodec(input.path, name, 'node-av');
    }
    if (width * height > options.maxPixels) {
      throw tooLarge(input.path, width, height, options.maxPixels);
    }
    const { num, den } = stream.timeBase;
    const duration = stream.duration;
    const hasDuration = duration !== AV.NOPTS_VALUE && duration > 0n;
    const declared = Number(stream.nbFrames);
    const head = {
      codec,
      container: format.iformat?.name ?? 'unknown',
      width,
      height,
      orientation: orientation(stream),
      pixelAspect: ratio(stream.sampleAspectRatio) || ratio(stream.codecpar.sampleAspectRatio) || 1,
      timeBase: { num, den },
      containerStart: format.startTime === AV.NOPTS_VALUE ? 0 : Number(format.startTime) / 1e6,
      nominalFps: ratio(stream.rFrameRate),
      averageFps: ratio(stream.avgFrameRate),
      durationTicks: hasDuration ? Number(duration) : undefined,
      declaredFrames: declared > 0 ? declared : undefined,
      reorders: videoDelay > 0,
    };
    return { ...head, ...(await readPackets(av, opened, input, options)) };
  } finally {
    await opened.close();
  }
}

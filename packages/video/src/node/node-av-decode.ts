/** @file Decoding frames to RGB24 with node-av. */
import type { CountOptions, DecodedFrame, DecodeOptions, RawFrame, Source } from './backend.js';
import type { Size } from '../types.js';
import { tooManyFrames, unsupportedCodec } from './media-errors.js';
import { AV, dictionary, type CodecContext, type Frame, type NodeAv } from './node-av-binding.js';
import { openStream, type OpenedStream } from './node-av-open.js';

/** Converts frames to packed RGB24 of one size, in one reused buffer of its own. */
export function rgbConverter(av: NodeAv, target: Size) {
  const rgb = new av.Frame();
  const scaler = new av.SoftwareScaleContext();
  let ready = '';
  return {
    async convert(frame: Frame): Promise<Uint8Array> {
      const { width, height, format } = frame;
      const key = `${width}x${height}:${format}`;
      if (ready !== key) {
        if (ready !== '') {
          scaler.freeContext();
          rgb.free();
        }
        rgb.alloc();
        rgb.format = AV.PIX_FMT_RGB24;
        rgb.width = target.width;
        rgb.height = target.height;
        // Aligned rows: the converter writes whole vectors, and in a packed buffer the last columns
        // of a row would be overwritten by them.
        rgb.getBuffer(64);
        scaler.getContext(
          ...([width, height, format, target.width, target.height] as const),
          ...([AV.PIX_FMT_RGB24, AV.SWS_BILINEAR] as const),
        );
        ready = key;
      }
      await scaler.scaleFrame(rgb, frame);
      return packRows(rgb, target.width, target.height);
    },
    free(): void {
      if (ready === '') return;
      scaler.freeContext();
      rgb.free();
    },
  };
}

function packRows(rgb: Frame, width: number, height: number): Uint8Array {
  const rows = rgb.data?.[0];
  const stride = rgb.linesize[0];
  if (!rows || !stride) throw new Error('internal: the RGB frame has no data');
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    data.set(rows.subarray(y * stride, y * stride + width * 3), y * width * 3);
  }
  return data;
}

async function openDecoder(
  av: NodeAv,
  { stream }: OpenedStream,
  input: Source,
  { coded, maxPixels }: DecodeOptions,
): Promise<CodecContext> {
  const codec = av.Codec.findDecoder(stream.codecpar.codecId);
  const decoder = new av.CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(stream.codecpar);
  decoder.pktTimebase = stream.timeBase;
  // The decoder itself refuses a picture that grows beyond the limit in the middle of a file.
  const options = dictionary(av, { max_pixels: maxPixels });
  try {
    if (codec && (await decoder.open2(codec, options)) >= 0) return decoder;
  } finally {
    options.free();
  }
  decoder.freeContext();
  throw unsupportedCodec(input.path, coded.codec, 'node-av');
}

/** Decodes a file from its start, in presentation order; damaged packets are passed over. */
export async function* decodeWithNodeAv(
  av: NodeAv,
  input: Source,
  options: DecodeOptions,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const opened = await openStream(av, input, options.ignoreEdits);
  const packet = new av.Packet();
  // Two in turn: the one before may still be asked for.
  let [frame, before] = [new av.Frame(), new av.Frame()];
  const converter = rgbConverter(av, options.coded);
  let decoder: CodecContext | undefined;
  const raw = (decoded: Frame): RawFrame => {
    const stamp = decoded.bestEffortTimestamp;
    return {
      ticks: stamp === AV.NOPTS_VALUE ? undefined : Number(stamp),
      size: { width: decoded.width, height: decoded.height },
      rgb: () => converter.convert(decoded),
    };
  };
  try {
    packet.alloc();
    frame.alloc();
    before.alloc();
    decoder = await openDecoder(av, opened, input, options);
    for (let ended = false; !ended;) {
      options.signal?.throwIfAborted();
      ended = (await opened.format.readFrame(packet)) < 0;
      if (ended || packet.streamIndex === opened.index) {
        await decoder.sendPacket(ended ? null : packet);
        while ((await decoder.receiveFrame(frame)) >= 0) {
          options.signal?.throwIfAborted();
          yield raw(frame);
          [frame, before] = [before, frame];
          frame.unref();
        }
      }
      if (!ended) packet.unref();
    }
    yield undefined;
  } finally {
    converter.free();
    decoder?.freeContext();
    frame.free();
    before.free();
    packet.free();
    await opened.close();
  }
}

/** Decodes everything for the time stamps alone. */
export async function frameTicksWithNodeAv(
  av: NodeAv,
  input: Source,
  options: CountOptions,
): Promise<(number | undefined)[]> {
  const ticks: (number | undefined)[] = [];
  for await (const frame of decodeWithNodeAv(av, input, options)) {
    if (frame) ticks.push(frame.ticks);
    if (ticks.length > options.maxFrames) throw tooManyFrames(input.path, options.maxFrames);
  }
  return ticks;
}

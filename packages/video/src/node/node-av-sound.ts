/** @file Decoding sound to one channel at a rate with node-av. */
import { GAP } from '../sound/gap.js';
import type { SoundOptions, SoundPiece } from '../types.js';
import type { DecodeOptions, Source } from './backend.js';
import { unsupportedCodec } from './media-errors.js';
import {
  AV,
  type ChannelLayout,
  type CodecContext,
  type Frame,
  type NodeAv,
  type ResampleContext,
} from './node-av-binding.js';
import { openStream, type OpenedStream } from './node-av-open.js';

async function openSoundDecoder(
  av: NodeAv,
  { stream }: OpenedStream,
  path: string,
): Promise<CodecContext> {
  const { codecpar } = stream;
  const codec = av.Codec.findDecoder(codecpar.codecId);
  const decoder = new av.CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(codecpar);
  // Needed to leave out what encoders put before and after the sound.
  decoder.pktTimebase = stream.timeBase;
  if (codec && (await decoder.open2(codec, null)) >= 0) return decoder;
  decoder.freeContext();
  throw unsupportedCodec(path, av.avGetCodecName(codecpar.codecId) ?? 'an unknown one', 'node-av');
}

/** The mean of the channels, which lie one after the other. */
function channelMean(planes: readonly Buffer[], count: number): Float32Array {
  const mean = new Float32Array(count);
  for (const plane of planes) {
    for (let i = 0; i < count; i++) mean[i]! += plane.readFloatLE(4 * i) / planes.length;
  }
  return mean;
}

/** Where channels lie; a layout that a container leaves open is any, as the resampler wants to be told one. */
function channelLayout({ channelLayout: layout }: Frame): ChannelLayout {
  if (layout.order !== AV.CHANNEL_ORDER_UNSPEC) return layout;
  const { nbChannels } = layout;
  return {
    nbChannels,
    order: AV.CHANNEL_ORDER_NATIVE,
    mask: (1n << BigInt(nbChannels)) - 1n,
  };
}

/** Brings frames of one form to the rate; those of another form begin it anew. */
function resampler(av: NodeAv, rate: number) {
  const out = new av.Frame();
  out.alloc();
  let context: ResampleContext | undefined;
  let layout: ChannelLayout | undefined;
  let form = '';

  function restart(): void {
    context?.free();
    context = undefined;
    form = '';
  }

  /** `null` for what the filter still holds; `undefined` for a frame that cannot be resampled. */
  function convert(frame: Frame | null): Float32Array | undefined {
    if (!context || !layout) return undefined;
    out.unref();
    out.format = AV.SAMPLE_FMT_FLTP;
    out.sampleRate = rate;
    out.channelLayout = layout;
    if (context.convertFrame(out, frame) < 0) return undefined;
    const planes = out.extendedData ?? out.data ?? [];
    return channelMean(planes.slice(0, layout.nbChannels), out.nbSamples);
  }

  return {
    convert(frame: Frame): Float32Array | undefined {
      frame.channelLayout = channelLayout(frame);
      const { sampleRate, format } = frame;
      const key = [sampleRate, format, frame.channelLayout.nbChannels, frame.channelLayout.mask];
      if (key.join() !== form) {
        restart();
        context = new av.SoftwareResampleContext();
        context.alloc();
        layout = frame.channelLayout;
        form = key.join();
      }
      return convert(frame);
    },
    /** What is left; the next frame begins anew. */
    end(): Float32Array | undefined {
      const rest = convert(null);
      restart();
      return rest;
    },
    free(): void {
      restart();
      out.free();
    },
  };
}

/** Decodes a file's sound from its start; damaged packets are passed over, and gaps stay gaps. */
export async function* soundWithNodeAv(
  av: NodeAv,
  input: Source,
  { rate, signal, ignoreEdits }: SoundOptions & Pick<DecodeOptions, 'ignoreEdits'>,
): AsyncGenerator<SoundPiece, void, undefined> {
  const opened = await openStream(av, input, ignoreEdits, 'sound');
  const { format, stream, index } = opened;
  const { num, den } = stream.timeBase;
  const start = format.startTime === AV.NOPTS_VALUE ? 0 : Number(format.startTime) / 1e6;
  const [packet, frame] = [new av.Packet(), new av.Frame()];
  const resampling = resampler(av, rate);
  let decoder: CodecContext | undefined;
  /** The next sample, and the seconds at which the next frame is expected. */
  let [at, expected] = [0, NaN];

  function* piece(samples: Float32Array | undefined): Generator<SoundPiece> {
    if (!samples?.length) return;
    yield { at, samples };
    at += samples.length;
  }
  function* resampled(): Generator<SoundPiece> {
    const stamp = frame.bestEffortTimestamp;
    const known = stamp !== AV.NOPTS_VALUE;
    const time = known ? (Number(stamp) * num) / den - start : expected || 0;
    if (!(Math.abs(time - expected) <= GAP)) {
      yield* piece(resampling.end());
      at = Math.round(time * rate);
      expected = time;
    }
    const samples = resampling.convert(frame);
    // After what cannot be resampled, the next time stamp counts.
    expected = samples ? expected + frame.nbSamples / frame.sampleRate : NaN;
    yield* piece(samples);
  }
  try {
    packet.alloc();
    frame.alloc();
    decoder = await openSoundDecoder(av, opened, input.path);
    for (let ended = false; !ended;) {
      signal?.throwIfAborted();
      ended = (await format.readFrame(packet)) < 0;
      if (ended || packet.streamIndex === index) {
        await decoder.sendPacket(ended ? null : packet);
        while ((await decoder.receiveFrame(frame)) >= 0) {
          signal?.throwIfAborted();
          yield* resampled();
          frame.unref();
        }
      }
      if (!ended) packet.unref();
    }
    yield* piece(resampling.end());
  } finally {
    resampling.free();
    decoder?.freeContext();
    frame.free();
    packet.free();
    await opened.close();
  }
}

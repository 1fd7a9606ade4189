/** @file Encoding frames to a video file with node-av: H.264 in MP4, VP9 in WebM. */
import { extname } from 'node:path';
import { MediaError, replaceFile } from '@slowfast/core';
import type { RgbImage } from '../transform/resize.js';
import type { Fraction, Size } from '../types.js';
import { loadNodeAv } from './node-av.js';
import {
  AV,
  dictionary,
  type CodecContext,
  type FormatContext,
  type Frame,
  type NodeAv,
  type Packet,
} from './node-av-binding.js';
import { reasonOf } from './node-av-open.js';

/** What is written. */
export interface WriteVideoOptions extends Size {
  /** Frames per second. */
  readonly fps: number;
  /** Stops encoding; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** Encoders by the extension of the file, with their options: constant quality, quick. */
const ENCODERS = {
  '.mp4': ['libx264', { preset: 'veryfast', crf: '23' }],
  '.webm': ['libvpx-vp9', { deadline: 'realtime', 'cpu-used': '8', crf: '32', b: '0' }],
} as const;

/** Rates as a fraction of whole numbers: 29.97 becomes 2997/100. */
function fraction(fps: number): Fraction {
  const den = Number.isInteger(fps) ? 1 : 1000;
  return { num: Math.round(fps * den), den };
}

/**
 * Writes frames to `path` (.mp4 or .webm), under a temporary name until it is complete. An odd last column
 * or row is left out, since the encoders want even sizes.
 *
 * @throws MediaError for another extension, a file that cannot be written, or without node-av.
 */
export async function writeVideoFile(
  path: string,
  frames: AsyncIterable<RgbImage>,
  options: WriteVideoOptions,
): Promise<void> {
  const extension = extname(path).toLowerCase();
  const encoder = extension === '.mp4' || extension === '.webm' ? ENCODERS[extension] : undefined;
  if (!encoder) {
    throw new MediaError({
      site: path,
      expected: 'a name ending with .mp4 or .webm',
      received: `'${extension}'`,
    });
  }
  const av = encodingLibrary(path);
  await replaceFile(path, (target) => encodeTo(av, target, path, frames, options, encoder));
}

function encodingLibrary(path: string): NodeAv {
  try {
    return loadNodeAv();
  } catch (cause) {
    throw new MediaError({
      site: path,
      expected: 'node-av, which encodes videos',
      received: 'none that works here',
      remedy: 'Run npm install node-av',
      cause,
    });
  }
}

async function encodeTo(
  av: NodeAv,
  target: string,
  path: string,
  frames: AsyncIterable<RgbImage>,
  options: WriteVideoOptions,
  [name, settings]: (typeof ENCODERS)[keyof typeof ENCODERS],
): Promise<void> {
  const width = options.width - (options.width % 2);
  const height = options.height - (options.height % 2);
  const rate = fraction(options.fps);
  const check = (code: number): number => {
    if (code >= 0) return code;
    throw new MediaError({
      site: path,
      expected: `frames that ${name} can write`,
      received: reasonOf(av, code),
    });
  };
  const format = new av.FormatContext();
  const codec = av.Codec.findEncoderByName(name);
  if (!codec) {
    throw new MediaError({
      site: path,
      expected: `the encoder ${name}`,
      received: 'a build of node-av without it',
      remedy: 'Write the other of .mp4 and .webm',
    });
  }
  const encoder = new av.CodecContext();
  const scaler = new av.SoftwareScaleContext();
  const [rgb, yuv, packet] = [new av.Frame(), new av.Frame(), new av.Packet()];
  const settingsOf = dictionary(av, settings);
  try {
    check(format.allocOutputContext2(null, extname(path).slice(1).toLowerCase(), target));
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = AV.PIX_FMT_YUV420P;
    encoder.timeBase = { num: rate.den, den: rate.num };
    encoder.framerate = rate;
    encoder.flags |= AV.CODEC_FLAG_GLOBAL_HEADER;
    check(await encoder.open2(codec, settingsOf));
    const stream = format.newStream(codec);
    stream.timeBase = encoder.timeBase;
    check(stream.codecpar.fromContext(encoder));
    check(await format.openOutput());
    check(await format.writeHeader(null));
    packet.alloc();
    allocated(rgb, AV.PIX_FMT_RGB24, width, height);
    allocated(yuv, AV.PIX_FMT_YUV420P, width, height);
    const [from, to] = [AV.PIX_FMT_RGB24, AV.PIX_FMT_YUV420P];
    scaler.getContext(width, height, from, width, height, to, AV.SWS_BILINEAR);
    const drain = (): Promise<void> => writePackets(encoder, format, packet, check);
    let index = 0n;
    for await (const image of frames) {
      options.signal?.throwIfAborted();
      check(rgb.makeWritable());
      check(yuv.makeWritable());
      copyRows(image, rgb, width, height);
      check(await scaler.scaleFrame(yuv, rgb));
      yuv.pts = index++;
      check(await encoder.sendFrame(yuv));
      await drain();
    }
    check(await encoder.sendFrame(null));
    await drain();
    check(await format.writeTrailer());
  } finally {
    settingsOf.free();
    scaler.freeContext();
    for (const frame of [rgb, yuv]) frame.free();
    packet.free();
    encoder.freeContext();
    await format.closeOutput();
    format.freeContext();
  }
}

function allocated(frame: Frame, format: Frame['format'], width: number, height: number): void {
  frame.alloc();
  frame.format = format;
  frame.width = width;
  frame.height = height;
  // Aligned rows, as in decoding: the converter writes whole vectors.
  frame.getBuffer(64);
}

function copyRows({ data, width: columns }: RgbImage, rgb: Frame, width: number, height: number) {
  const rows = rgb.data?.[0];
  const stride = rgb.linesize[0];
  if (!rows || !stride) throw new Error('internal: the RGB frame has no data');
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(3 * y * columns, 3 * (y * columns + width)), y * stride);
  }
}

async function writePackets(
  encoder: CodecContext,
  format: FormatContext,
  packet: Packet,
  check: (code: number) => number,
): Promise<void> {
  while ((await encoder.receivePacket(packet)) >= 0) {
    packet.streamIndex = 0;
    // Without it the last frame of an MP4 lasts no time, and players leave it out.
    packet.duration = 1n;
    packet.rescaleTs(encoder.timeBase, format.streams![0]!.timeBase);
    check(await format.interleavedWriteFrame(packet));
  }
}

/** @file What the headers and packets of a file tell, by Mediabunny, in the words of the decoders of Node. */
import { blobSource, type MediaError } from '@slowfast/core';
import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  Logging,
  LogLevel,
  UnsupportedInputFormatError,
  type InputVideoTrack,
  type VideoCodec,
} from 'mediabunny';
import type { StreamInfo, StreamInfoOptions } from '../node/backend.js';
import {
  invalidMedia,
  noVideoStream,
  tooLarge,
  tooManyFrames,
  unsupportedCodec,
} from '../node/media-errors.js';
import { orientationOf } from '../node/orientation.js';
import { sampleTicks } from './mp4-duration.js';

/** A file in memory or on disk, and what errors call it. */
export interface BlobFile {
  readonly blob: Blob;
  readonly name: string;
}

/** FFmpeg's names, by which videos are known elsewhere. */
const CODECS = {
  avc: 'h264',
  hevc: 'hevc',
  vp8: 'vp8',
  vp9: 'vp9',
  av1: 'av1',
  prores: 'prores',
} as const satisfies Record<VideoCodec, string>;

const CONTAINERS: Readonly<Record<string, string>> = {
  MP4: 'mov,mp4,m4a,3gp,3g2,mj2',
  'QuickTime File Format': 'mov,mp4,m4a,3gp,3g2,mj2',
  Matroska: 'matroska,webm',
  WebM: 'matroska,webm',
  'MPEG Transport Stream': 'mpegts',
  Ogg: 'ogg',
};

/** An open file and its pictures. Dispose of the input after use. */
export interface OpenTrack {
  readonly input: Input;
  readonly container: string;
  readonly track: InputVideoTrack;
  /** What the decoder is told. */
  readonly config: VideoDecoderConfig;
  readonly codec: string;
}

/**
 * Opens the pictures of a file. Rejects with MediaError for what is no video, has none, or a codec that the browser does
 * not decode.
 */
export async function openTrack({ blob, name }: BlobFile): Promise<OpenTrack> {
  // What it would print is in our errors and warnings; a page that has chosen a level keeps it.
  if (Logging.level === LogLevel.Info) Logging.level = LogLevel.Silent;
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(blob) });
  try {
    const format = await input.getFormat();
    const container = CONTAINERS[format.name] ?? format.name.toLowerCase();
    const track = await input.getPrimaryVideoTrack();
    if (!track) {
      if ((await input.getTracks()).length > 0) throw noVideoStream(name, container);
      throw invalidMedia(name, 'its index is missing or names nothing');
    }
    const codec = await codecOf(track);
    const config = await track.getDecoderConfig();
    const support = config && (await VideoDecoder.isConfigSupported(config).catch(() => undefined));
    if (!config || !support?.supported) throw unsupported(name, codec);
    return { input, container, track, config, codec };
  } catch (error) {
    input.dispose();
    throw isOurs(error) ? error : unreadable(name, error);
  }
}

const isOurs = (error: unknown): error is MediaError =>
  error instanceof Error && error.name === 'MediaError';

/** Mediabunny takes tables of wrong lengths and counts for errors of its own, to be reported to it. */
const BLAME = /internal error|assertion failed/i;

/** What Mediabunny says of a file that it cannot read. */
function unreadable(name: string, error: unknown): MediaError {
  if (error instanceof UnsupportedInputFormatError) {
    return invalidMedia(
      name,
      'no container that browsers read: MP4, MOV, MKV, WebM, MPEG-TS',
      error,
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return invalidMedia(name, BLAME.test(message) ? 'its index contradicts itself' : message, error);
}

async function codecOf(track: InputVideoTrack): Promise<string> {
  const codec = await track.getCodec();
  if (codec) return CODECS[codec];
  const id = await track.getInternalCodecId();
  return typeof id === 'string' || typeof id === 'number' ? `the unknown codec '${id}'` : 'none';
}

const unsupported = (name: string, codec: string): MediaError =>
  unsupportedCodec(name, codec, 'this browser');

/** Reads info and the time stamps of all packets; no pixels. */
export async function infoOfBlob(file: BlobFile, options: StreamInfoOptions): Promise<StreamInfo> {
  const { input, container, track, codec } = await openTrack(file);
  try {
    const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
    if (width * height > options.maxPixels) {
      throw tooLarge(file.name, width, height, options.maxPixels);
    }
    const den = await track.getTimeResolution();
    const { num: across, den: down } = await track.getPixelAspectRatio();
    const packets = await readPackets(file, track, den, options);
    const rates = await track.computeFrameRateMetrics();
    const duration = await durationTicks(file, container, packets);
    return {
      codec,
      container,
      width,
      height,
      orientation: orientationOf(await track.getTransformationMatrix()),
      pixelAspect: down > 0 ? across / down : 1,
      timeBase: { num: 1, den },
      containerStart: Math.max(0, await input.getFirstTimestamp()),
      nominalFps: rates.bestGuessFrameRate,
      averageFps: rates.averageFrameRate,
      durationTicks: duration > 0 ? duration : undefined,
      declaredFrames: undefined,
      packetDuration: undefined,
      packetTicks: packets.ticks,
      // What Mediabunny gives of order is that of the packets.
      reorders: false,
      edited: false,
      doubtful: false,
      broken: packets.broken,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isOurs(error) ? error : unreadable(file.name, error);
  } finally {
    input.dispose();
  }
}

/**
 * As FFmpeg has it: MP4 has durations, which are exact, and their sum is taken; Matroska has none of a track, so that the
 * rate says how long the last frame is; elsewhere they are rounded.
 */
async function durationTicks(file: BlobFile, container: string, { sum, span }: Packets) {
  if (container === CONTAINERS['Matroska']) return 0;
  if (container !== CONTAINERS['MP4']) return span;
  return (await sampleTicks(blobSource(file.blob))) ?? sum;
}

/** What the packets tell: time stamps as stored, their durations together, and from the first beginning to the last end. */
interface Packets {
  readonly ticks: readonly number[];
  readonly sum: number;
  readonly span: number;
  readonly broken: boolean;
}

async function readPackets(
  { name }: BlobFile,
  track: InputVideoTrack,
  resolution: number,
  { maxFrames, signal }: StreamInfoOptions,
): Promise<Packets> {
  const ticks: number[] = [];
  let [first, end, sum, broken] = [Infinity, 0, 0, false];
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, {
    metadataOnly: true,
  });
  try {
    for await (const { timestamp, duration } of packets) {
      signal?.throwIfAborted();
      // What lies before 0 an edit list leaves out.
      if (timestamp < 0) continue;
      ticks.push(Math.round(timestamp * resolution));
      first = Math.min(first, timestamp);
      end = Math.max(end, timestamp + duration);
      sum += Math.round(duration * resolution);
      if (ticks.length > maxFrames) throw tooManyFrames(name, maxFrames);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isOurs(error) || ticks.length === 0) throw error;
    broken = true;
  }
  return { ticks, sum, span: Math.round((end - first) * resolution), broken };
}

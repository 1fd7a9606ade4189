/**
 * @file The binary of node-av, FFmpeg's libraries as a module of Node, and the part of it that is used. It is loaded by
 * itself: the package `node-av` around it brings WebRTC and more than sixty packages along.
 */
import { createRequire } from 'node:module';

/** FFmpeg's own constants, by their names there. */
export const AV = {
  LOG_QUIET: -8,
  NOPTS_VALUE: -(2n ** 63n),
  ERROR_EOF: -541478725,
  MEDIA_TYPE_VIDEO: 0,
  MEDIA_TYPE_AUDIO: 1,
  DISPOSITION_ATTACHED_PIC: 0x400,
  PIX_FMT_YUV420P: 0,
  PIX_FMT_RGB24: 2,
  SWS_BILINEAR: 2,
  PKT_FLAG_KEY: 1,
  PKT_FLAG_CORRUPT: 2,
  PKT_FLAG_DISCARD: 4,
  PKT_DATA_DISPLAYMATRIX: 5,
  CHANNEL_ORDER_UNSPEC: 0,
  CHANNEL_ORDER_NATIVE: 1,
  SAMPLE_FMT_FLTP: 8,
  CODEC_FLAG_GLOBAL_HEADER: 0x400000,
} as const;

interface Ratio {
  readonly num: number;
  readonly den: number;
}

/** Where the channels of a sound lie. */
export interface ChannelLayout {
  readonly nbChannels: number;
  readonly order: number;
  readonly mask: bigint;
}

/** Options as FFmpeg takes them. */
export interface Dictionary {
  alloc(): void;
  set(key: string, value: string, flags: number): number;
  free(): void;
}

type Codec = object;

interface CodecParameters {
  readonly codecId: number;
  readonly codecTagString: string | null;
  readonly width: number;
  readonly height: number;
  readonly videoDelay: number;
  readonly sampleAspectRatio: Ratio;
  getCodedSideData(type: number): Buffer | null;
  fromContext(context: CodecContext): number;
}

/** A stream of a file; its properties must not be asked for once the file is closed. */
export interface Stream {
  readonly codecpar: CodecParameters;
  timeBase: Ratio;
  readonly disposition: number;
  readonly duration: bigint;
  readonly nbFrames: bigint;
  readonly sampleAspectRatio: Ratio;
  readonly rFrameRate: Ratio;
  readonly avgFrameRate: Ratio;
}

/** A piece of a stream as a file has it. */
export interface Packet {
  streamIndex: number;
  data: Buffer | null;
  readonly pts: bigint;
  flags: number;
  readonly size: number;
  duration: bigint;
  alloc(): void;
  unref(): void;
  free(): void;
  rescaleTs(from: Ratio, to: Ratio): void;
}

/** A decoded picture or piece of sound. */
export interface Frame {
  width: number;
  height: number;
  format: number;
  pts: bigint;
  sampleRate: number;
  channelLayout: ChannelLayout;
  readonly nbSamples: number;
  readonly bestEffortTimestamp: bigint;
  readonly data: readonly Buffer[] | null;
  readonly extendedData: readonly Buffer[] | null;
  readonly linesize: readonly number[];
  alloc(): void;
  getBuffer(align: number): number;
  makeWritable(): number;
  unref(): void;
  free(): void;
}

/** A file that is read or written. Negative results are FFmpeg's error codes. */
export interface FormatContext {
  readonly streams: readonly Stream[] | null;
  readonly iformat: { readonly name: string | null } | null;
  readonly startTime: bigint;
  openInput(url: string, format: null, options: Dictionary | null): Promise<number>;
  findStreamInfo(options: null): Promise<number>;
  findBestStream(
    type: number,
    wanted: number,
    related: number,
    wantsDecoder: false,
    flags: number,
  ): number;
  readFrame(packet: Packet): Promise<number>;
  closeInput(): Promise<void>;
  allocOutputContext2(format: null, name: string, file: string): number;
  newStream(codec: Codec): Stream;
  openOutput(): Promise<number>;
  writeHeader(options: null): Promise<number>;
  interleavedWriteFrame(packet: Packet): Promise<number>;
  writeTrailer(): Promise<number>;
  closeOutput(): Promise<void>;
  freeContext(): void;
}

/** A decoder or an encoder. */
export interface CodecContext {
  width: number;
  height: number;
  pixelFormat: number;
  timeBase: Ratio;
  framerate: Ratio;
  pktTimebase: Ratio;
  flags: number;
  allocContext3(codec: Codec | null): void;
  parametersToContext(parameters: CodecParameters): number;
  open2(codec: Codec, options: Dictionary | null): Promise<number>;
  sendPacket(packet: Packet | null): Promise<number>;
  receiveFrame(frame: Frame): Promise<number>;
  sendFrame(frame: Frame | null): Promise<number>;
  receivePacket(packet: Packet): Promise<number>;
  freeContext(): void;
}

interface ScaleContext {
  getContext(...sizesAndFormats: readonly number[]): void;
  scaleFrame(to: Frame, from: Frame): Promise<number>;
  freeContext(): void;
}

/** Brings sound to another form. */
export interface ResampleContext {
  alloc(): void;
  convertFrame(out: Frame, frame: Frame | null): number;
  free(): void;
}

/** The binary's classes and functions that are used. */
export interface NodeAv {
  readonly FormatContext: new () => FormatContext;
  readonly CodecContext: new () => CodecContext;
  readonly Packet: new () => Packet;
  readonly Frame: new () => Frame;
  readonly Dictionary: new () => Dictionary;
  readonly SoftwareScaleContext: new () => ScaleContext;
  readonly SoftwareResampleContext: new () => ResampleContext;
  readonly Codec: {
    findDecoder(id: number): Codec | null;
    findDecoderByName(name: string): Codec | null;
    findEncoderByName(name: string): Codec | null;
  };
  readonly FFmpegError: { strerror(code: number): string };
  readonly Log: { setLevel(level: number): void };
  avGetCodecName(id: number): string | null;
  getFFmpegInfo(): { readonly version: string };
}

/** Loads the binary of this machine's platform. Throws where it is not installed or does not load. */
export function loadBinding(): NodeAv {
  const platform = `${process.platform}-${process.arch}`;
  const binary = `@seydx/node-av-${platform}${process.platform === 'win32' ? '-msvc' : ''}/node-av.node`;
  const require = createRequire(import.meta.url);
  let found = require;
  try {
    require.resolve(binary);
  } catch {
    // Installed as a part of node-av, with a package manager that keeps such parts apart.
    found = createRequire(require.resolve('node-av/package.json'));
  }
  return found(binary) as NodeAv;
}

/** A dictionary of options; to be freed. */
export function dictionary(
  av: NodeAv,
  options: Readonly<Record<string, string | number>>,
): Dictionary {
  const result = new av.Dictionary();
  result.alloc();
  for (const [key, value] of Object.entries(options)) result.set(key, String(value), 0);
  return result;
}

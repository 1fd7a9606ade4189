/** @file What a decoder has to do: say whether it is there, read the info, count, decode. */
import type { CodedFrames, DecoderName, Fraction, Orientation } from '../types.js';
import type { InputFile } from './input-file.js';

/** A file as decoders see it: its path for messages and its URL. */
export type Source = Pick<InputFile, 'path' | 'url'>;

/** Whether a decoder can be used here, and if not, why. */
export interface DecoderAvailability {
  /** Which decoder. */
  readonly name: DecoderName;
  /** Whether it can be used. */
  readonly available: boolean;
  /** Version of the FFmpeg libraries behind it. */
  readonly version?: string;
  /** Why it is not available. */
  readonly reason?: string;
}

/** The info of a file's video stream, from its headers and packets. */
export interface StreamInfo {
  readonly codec: string;
  readonly container: string;
  /** Coded size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  readonly timeBase: Fraction;
  /** Nominal and average frame rate, 0 if unknown. */
  readonly nominalFps: number;
  readonly averageFps: number;
  /** Duration of the stream in ticks, if the container states it. */
  readonly durationTicks: number | undefined;
  /** Frames that the container states, if it does. */
  readonly declaredFrames: number | undefined;
  /** Time stamps of the packets to be shown, as stored; undefined where there is none. */
  readonly packetTicks: readonly (number | undefined)[];
  /** Whether packets are damaged, to be discarded or unreadable, so that frames must be counted. */
  readonly doubtful: boolean;
  /** Whether reading ended in an error. */
  readonly broken: boolean;
}

/** A decoded frame as coded (not turned), with its own time stamp if it has one. */
export interface RawFrame {
  readonly ticks: number | undefined;
  readonly width: number;
  readonly height: number;
  /** RGB24; absent if the frame was not wanted. */
  readonly data?: Uint8Array;
}

/** How to decode. */
export interface DecodeOptions {
  readonly coded: CodedFrames;
  /** Whether the pixels of a frame are wanted; asked once for each frame, in order. */
  readonly wanted: (ticks: number | undefined) => boolean;
  readonly maxPixels: number;
  readonly signal: AbortSignal | undefined;
}

/** How to read info. */
export interface StreamInfoOptions {
  readonly maxPixels: number;
  readonly maxFrames: number;
  readonly signal: AbortSignal | undefined;
}

/** How to count frames by decoding them. */
export type CountOptions = Pick<DecodeOptions, 'coded'> & StreamInfoOptions;

/** A decoder. */
export interface Backend {
  readonly name: DecoderName;
  availability(): Promise<DecoderAvailability>;
  info(input: Source, options: StreamInfoOptions): Promise<StreamInfo>;
  /** Time stamps of all frames that decode, in order; undefined where a frame has none. */
  frameTicks(input: Source, options: CountOptions): Promise<(number | undefined)[]>;
  decode(input: Source, options: DecodeOptions): AsyncGenerator<RawFrame, void, undefined>;
}

/** @file What a decoder has to do: say whether it is there, read the info, count, decode. */
import type {
  CodedFrames,
  DecoderName,
  Fraction,
  Orientation,
  Size,
  SoundOptions,
  SoundPiece,
} from '../types.js';
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
  /** Width of a pixel over its height; 1 if it is square or nothing is known. */
  readonly pixelAspect: number;
  /** Seconds at which the container begins: a player shows that as 0. */
  readonly containerStart: number;
  /** Nominal and average frame rate, 0 if unknown. */
  readonly nominalFps: number;
  readonly averageFps: number;
  /** Duration of the stream in ticks, if the container states it. */
  readonly durationTicks: number | undefined;
  /** Frames that the container states, if it does. */
  readonly declaredFrames: number | undefined;
  /** Ticks that a packet lasts by the rate in the stream itself, if there is one. */
  readonly packetDuration: number | undefined;
  /** Time stamps of the packets to be shown, as stored; undefined where there is none. */
  readonly packetTicks: readonly (number | undefined)[];
  /** Whether the stream says that frames are shown in another order than that of the packets. */
  readonly reorders: boolean;
  /** Whether an edit list leaves out packets. */
  readonly edited: boolean;
  /** Whether packets are damaged, to be discarded or unreadable, so that frames must be counted. */
  readonly doubtful: boolean;
  /** Whether reading ended in an error. */
  readonly broken: boolean;
}

/** A decoded frame, not turned, with its own time stamp if it has one. */
export interface RawFrame {
  readonly ticks: number | undefined;
  /** Its size in the stream; `rgb` is scaled to that of {@link DecodeOptions.coded} if it is another. */
  readonly size: Size;
  /** RGB24. To be asked for before the frame after the next one is, and before the decoder has ended. */
  rgb(): Promise<Uint8Array>;
}

/** A frame, or the end. */
export type DecodedFrame = RawFrame | undefined;

/** How to decode. */
export interface DecodeOptions {
  readonly coded: CodedFrames;
  /** Whether the container's edit list is ignored. */
  readonly ignoreEdits: boolean;
  readonly maxPixels: number;
  readonly signal: AbortSignal | undefined;
}

/** How to read info. */
export interface StreamInfoOptions {
  readonly maxPixels: number;
  readonly maxFrames: number;
  /** Whether the container's edit list is ignored. */
  readonly ignoreEdits: boolean;
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
  /** The frames in order of display; undefined after the last one, which may still be asked for its pixels then. */
  decode(input: Source, options: DecodeOptions): AsyncGenerator<DecodedFrame, void, undefined>;
  /** The sound from its start, as one channel at a rate. */
  sound(
    input: Source,
    options: SoundOptions & Pick<DecodeOptions, 'ignoreEdits'>,
  ): AsyncGenerator<SoundPiece, void, undefined>;
}

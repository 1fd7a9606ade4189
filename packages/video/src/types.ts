/** @file What a video is to the rest of the project: info, a time line, frames and views. */
import type { BlobLike, HostTensor } from '@slowfast/core';

/** A fraction of whole numbers. */
export interface Fraction {
  /** Numerator. */
  readonly num: number;
  /** Denominator. */
  readonly den: number;
}

/** A size in pixels. */
export interface Size {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** When the frames of a video are shown; all that clip sampling needs to know of it. */
export interface Timeline {
  /** Number of frames that decode. */
  readonly frames: number;
  /** Nominal frame rate in frames per second (the rate the time stamps are laid out on). */
  readonly fps: number;
  /** Seconds at which a player shows the first frame: more than 0 where sound begins earlier. */
  readonly start: number;
  /** Duration of the video stream in seconds. */
  readonly duration: number;
  /** Whether the container states that duration; if not, it was worked out from the last frame. */
  readonly durationDeclared: boolean;
  /** Seconds per tick, as a fraction. */
  readonly timeBase: Fraction;
  /** Presentation time of each frame in ticks, strictly increasing, one per frame. */
  readonly pts: readonly number[];
  /**
   * `synthetic` if the container has no usable time stamps: then frame i is shown at i / fps. `pictures` for a video that is
   * kept as pictures, whose rate is what somebody said.
   */
  readonly timestamps: 'container' | 'synthetic' | 'pictures';
  /** Whether the file ends before its own header says it does. */
  readonly truncated: boolean;
}

/** The decoders there are: two in Node, the browser's own in a page. */
export type DecoderName = 'node-av' | 'ffmpeg' | 'webcodecs';

/** What is known of a video file before its frames are decoded. */
export interface VideoInfo {
  /** Width in pixels as shown, after rotation if that is applied. */
  readonly width: number;
  /** Height in pixels as shown, after rotation if that is applied. */
  readonly height: number;
  /** Nominal frames per second. */
  readonly fps: number;
  /** Number of frames over duration, in frames per second. */
  readonly averageFps: number;
  /** Duration of the video stream in seconds. */
  readonly duration: number;
  /** Number of frames. */
  readonly frames: number;
  /** `decoded` if the frames were decoded to count them, `indexed` if the packets were counted. */
  readonly framesFrom: 'decoded' | 'indexed';
  /** Name of the codec (`h264`). */
  readonly codec: string;
  /** Name of the container (`mov,mp4,m4a,3gp,3g2,mj2`). */
  readonly container: string;
  /** Degrees clockwise that the file asks its frames to be turned before they are shown. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Whether time stamps are the container's own. */
  readonly timestamps: Timeline['timestamps'];
  /** Whether the file ends early; sampling then uses what decodes. */
  readonly truncated: boolean;
  /** The decoder in use. */
  readonly decoder: DecoderName;
}

/** A decoded frame: RGB24, `height` rows of `width` pixels without padding. */
export interface VideoFrame extends Size {
  /** Position in presentation order, from 0. */
  readonly index: number;
  /** Seconds at which a player shows it. */
  readonly time: number;
  /** Whether it does not decode; `data` is then that of the frame before it. */
  readonly lost: boolean;
  /** R, G, B bytes: `height * width * 3`. */
  readonly data: Uint8Array;
}

/** How frames are read. */
export interface FramesOptions {
  /** Indices of the frames to deliver, in ascending order; all by default. Others are not converted to RGB. */
  readonly indices?: readonly number[];
  /** Stops decoding. */
  readonly signal?: AbortSignal;
  /** Called with the number of frames decoded so far. */
  readonly onDecoded?: (decoded: number) => void;
}

/** How sound is read. */
export interface SoundOptions {
  /** Samples a second that it is brought to. */
  readonly rate: number;
  /** Stops decoding. */
  readonly signal?: AbortSignal;
}

/** A piece of decoded sound: the mean of its channels. */
export interface SoundPiece {
  /** Its first sample, counted at the rate from the moment that a player shows as 0. */
  readonly at: number;
  /** Mostly between -1 and 1. */
  readonly samples: Float32Array;
}

/** Limits on input that nobody vouches for. */
export interface MediaLimits {
  /** Largest width × height in pixels, also of frames once they are resized; by default 8192 × 4608. */
  readonly maxPixels?: number;
  /** Largest number of frames; by default 1 000 000. */
  readonly maxFrames?: number;
  /** Most bytes that the resized frames of a clip may take; by default 2 GiB. */
  readonly maxClipBytes?: number;
}

/** How a video is opened. */
export interface OpenOptions extends MediaLimits {
  /** `auto` (default) takes node-av if it loads and knows the codec, else ffmpeg; in a page, WebCodecs. */
  readonly decoder?: DecoderName | 'auto';
  /** Whether frames are turned as the file asks (default), or left as coded, as PyAV leaves them. */
  readonly rotation?: 'apply' | 'ignore';
  /** Throw on a truncated or damaged file instead of using what decodes. */
  readonly strict?: boolean;
  /** Frames a second that a video has which is kept as pictures; by default 30. */
  readonly pictureFps?: number;
  /** Stops reading. */
  readonly signal?: AbortSignal;
}

/** How coded frames are turned to be shown: axes exchanged, then mirrored. */
export interface Orientation {
  /** Whether rows become columns. */
  readonly swap: boolean;
  /** Whether left and right are then exchanged. */
  readonly flipX: boolean;
  /** Whether top and bottom are then exchanged. */
  readonly flipY: boolean;
}

/** Frames as coded, before they are turned. */
export interface CodedFrames extends Size {
  /** Name of the codec. */
  readonly codec: string;
}

/** Settings that decoding depends on. */
export interface DecodeSettings extends Required<MediaLimits> {
  /** Whether frames are turned. */
  readonly rotation: 'apply' | 'ignore';
  /** Whether lost frames are an error. */
  readonly strict: boolean;
  /** Whether the container's edit list is ignored, as where its time stamps are not believed. */
  readonly ignoreEdits: boolean;
}

/** What decoding depends on, but for the file. */
export interface Decoding {
  /** Size and codec of the frames as coded. */
  readonly coded: CodedFrames;
  /** How frames are turned once they are decoded. */
  readonly orientation: Orientation;
  /** How it was opened. */
  readonly options: DecodeSettings;
}

/** What a worker thread needs to decode the same video: plain data. */
export interface VideoSource extends Decoding {
  /** Absolute path. */
  readonly path: string;
  /** The decoder in use. */
  readonly decoder: DecoderName;
  /** Absolute paths of its pictures, where it is kept as those. */
  readonly pictures?: readonly string[];
}

/** A video that is kept as pictures (JPEG or PNG) of one size, one a frame. */
export interface PictureSequence {
  /** What messages call it: the folder of the pictures. */
  readonly path: string;
  /** Paths of the pictures, in order. */
  readonly pictures: readonly string[];
}

/** A video as it is opened: in Node a path (of a folder of pictures, too) or pictures, in a page a file, a Blob or a URL. */
export type VideoInput = string | URL | BlobLike | PictureSequence;

/** An open video. Frames are decoded anew by every call of `frames`; nothing is kept. */
export interface Video extends AsyncDisposable {
  /** The path, name or URL it was opened by. */
  readonly path: string;
  /** What is known of it. */
  readonly info: VideoInfo;
  /** When its frames are shown. */
  readonly timeline: Timeline;
  /** Sentences about what is wrong with the file but can be worked with. */
  readonly warnings: readonly string[];
  /** Adds a warning, unless it is there already. */
  warn(message: string): void;
  /** Limits of its resized frames; by default those of {@link MediaLimits}. */
  readonly limits?: Required<Pick<MediaLimits, 'maxPixels' | 'maxClipBytes'>>;
  /** How to open it again elsewhere; absent if it cannot be. */
  readonly source?: VideoSource;
  /**
   * Decodes from the start, in presentation order, one frame in memory at a time. A frame that does not decode is
   * the one before it again; the first ones, which have none before them, are left out. If fewer frames decode than
   * the time line has, a warning says how many (strict: MediaError, once all are counted). Throws SpecError for an
   * index that no frame has, MediaError where memory does not suffice.
   */
  frames(options?: FramesOptions): AsyncGenerator<VideoFrame, void, undefined>;
  /**
   * Decodes the sound from its start, piece by piece; what does not decode is left out. Throws MediaError for a video
   * without sound or of an unknown codec.
   */
  sound(options: SoundOptions): AsyncGenerator<SoundPiece, void, undefined>;
  /** Aborted once the video is closed. */
  readonly closed: AbortSignal;
  /** Stops all decoding of this video; using it again throws. */
  close(): Promise<void>;
}

/** One view: a crop of a clip, ready for the network. */
export interface View {
  /** Index of the clip, from 0. */
  readonly clip: number;
  /** Index of the crop within the clip, from 0, in the preset's order. */
  readonly crop: number;
  /** Indices of the frames that it is made of. */
  readonly frames: readonly number[];
  /** Whether the video is shorter than the clip, so that the preset's policy filled it. */
  readonly padded: boolean;
  /** Normalised pixels, `[1, 3, T, H, W]`. */
  readonly tensor: HostTensor<'float32'>;
  /** The clip's normalised spectrogram, `[1, 1, frames, 1, mels]`, where the preprocessing says how clips are heard. */
  readonly sound?: HostTensor<'float32'>;
}

/** How far a stream of views is. */
export interface ViewProgress {
  /** Frames decoded so far. */
  readonly decoded: number;
  /** Frames to decode altogether. */
  readonly total: number;
  /** Views made so far. */
  readonly views: number;
}

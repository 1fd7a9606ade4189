/** @file One training clip from one video: decoded, or from frames that were decoded before. */
import { MediaError, type HostTensor } from '@slowfast/core';
import { placedClipFrames, type ClipFrames } from '../sampling/clip-frames.js';
import { allocated, checkResized, SIZE_LIMITS } from '../transform/memory.js';
import { resizeFrame, resizeMethod, type RgbImage } from '../transform/resize.js';
import type { PictureSequence, Size, Timeline, Video } from '../types.js';
import { augmentedClip, drawnFactor, scaledSize } from './augment.js';
import type { ClipDraw } from './draw.js';
import { resized, type ClipShape } from './clip-shape.js';
import type { Augmentation } from './options.js';
import { heardClip, soundSpan, storedSound, wholeSpan, type StoredSound } from './clip-sound.js';

/** All frames of a video in one block of memory that threads share. */
export interface StoredVideo extends Size {
  /** When its frames are shown. */
  readonly timeline: Timeline;
  /** RGB24, frame after frame. */
  readonly data: SharedArrayBuffer;
  /** Frames that did not decode. */
  readonly missing: readonly number[];
  /** The sound that its clips are heard by. */
  readonly sound?: StoredSound;
}

/** What to make. */
export interface SampleJob {
  readonly path: string;
  /** The paths of its pictures, where the list has those. */
  readonly pictures?: readonly string[];
  readonly draw: ClipDraw;
  /** What the clip is to be; default: what the options say. */
  readonly shape?: ClipShape;
  /** The frames, if they are there. */
  readonly stored?: StoredVideo;
  /** Bytes that the frames may have to be stored for other clips. */
  readonly keep: number;
}

/** What came of it. */
export interface Sample {
  readonly tensor: HostTensor<'float32'>;
  /** The spectrogram of the clip, where it is heard. */
  readonly sound?: HostTensor<'float32'>;
  /** The frames that it is made of. */
  readonly frames: readonly number[];
  readonly padded: boolean;
  /** All frames of the video, where they are few enough to be kept. */
  readonly stored?: StoredVideo;
  readonly warnings: readonly string[];
}

/**
 * Makes a clip. The clip depends on the video, the draw and the options alone, not on what was stored.
 *
 * @throws MediaError if the video cannot be opened, none of the frames decodes, nothing decodes of a sound that is to be heard,
 * or memory does not suffice for frames resized.
 */
export async function trainingSample(
  { path, pictures, draw, shape, stored, keep }: SampleJob,
  options: Augmentation,
  open: (input: string | PictureSequence) => Promise<Video>,
  signal?: AbortSignal,
): Promise<Sample> {
  const own = shape ? resized(options, shape, draw) : options;
  if (stored) {
    return allocated(path, stored, () =>
      sampleOf({ path, ...stored, images: storedFrames(stored), warnings: [] }, draw, own),
    );
  }
  await using video = await open(pictures ? { path, pictures } : path);
  const { maxPixels } = video.source?.options ?? SIZE_LIMITS;
  checkResized(path, largestSize(video.info, options), maxPixels);
  // Awaited here: the video is open until then.
  return await allocated(path, video.info, () =>
    decodedSample(video, { path, draw, keep }, { options, own }, signal),
  );
}

async function decodedSample(
  video: Video,
  { path, draw, keep }: SampleJob,
  /** What frames are stored by, and what the clip is made by. */
  { options, own }: Readonly<Record<'options' | 'own', Augmentation>>,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const size = storedSize(video.info, options);
  const { timeline, warnings } = video;
  const hear = async (span: readonly [number, number]): Promise<Pick<StoredVideo, 'sound'>> =>
    options.sound ? { sound: await storedSound(video, span, options.sound, signal) } : {};
  const whole = options.sound ? wholeSpan(timeline, options.sound) : ([0, 0] as const);
  const bytes = timeline.frames * size.width * size.height * 3 + 4 * (whole[1] - whole[0]);
  if (bytes <= keep) {
    // A video that cannot be heard says so before its pictures are decoded.
    const heard = await hear(whole);
    const all = { ...(await decodeAll(video, size, options, signal)), ...heard };
    const parts = { path, ...all, images: storedFrames(all), warnings };
    return { ...sampleOf(parts, draw, own), stored: all };
  }
  const { frames } = drawnFrames(timeline, draw, own);
  const heard = options.sound ? await hear(soundSpan(frames, timeline, options.sound)) : {};
  const images = new Map<number, RgbImage>();
  const indices = [...new Set(frames)];
  for await (const frame of video.frames({ indices, ...(signal ? { signal } : {}) })) {
    images.set(frame.index, storable(frame, size, options));
  }
  return sampleOf({ path, timeline, images, warnings, ...heard }, draw, own);
}

/** Where the clip starts, and how far apart its frames are. */
function drawnFrames(timeline: Timeline, draw: ClipDraw, options: Augmentation): ClipFrames {
  const { sampling, clip } = options;
  const fps = clip.fps / drawnFactor(options.speed, draw.speed);
  return placedClipFrames(sampling, timeline, { ...clip, fps }, draw.start);
}

type Frames = Pick<ReadonlyMap<number, RgbImage>, 'get'>;

/** What a clip is made of. */
interface DecodedVideo extends Pick<StoredVideo, 'timeline' | 'sound'> {
  readonly path: string;
  readonly images: Frames;
  readonly warnings: readonly string[];
}

function sampleOf(
  { path, timeline, images, sound: whole, warnings }: DecodedVideo,
  draw: ClipDraw,
  options: Augmentation,
): Sample {
  const { frames, padded } = drawnFrames(timeline, draw, options);
  const pictures = filled(path, frames, images);
  const tensor = augmentedClip(pictures, draw, options);
  const plain = { tensor, frames, padded, warnings: [...warnings] };
  if (!whole || !options.sound) return plain;
  const span = soundSpan(frames, timeline, options.sound);
  const { sound, warnings: more } = heardClip(whole, span, options.sound);
  return { ...plain, sound, warnings: [...warnings, ...more] };
}

/** The images of frames; one that is missing is the one before it in the clip, the first ones the one after. */
function filled(path: string, frames: readonly number[], images: Frames): readonly RgbImage[] {
  const pictures = new Map<number, RgbImage>();
  const ascending = [...new Set(frames)].sort((a, b) => a - b);
  let latest = ascending.map((frame) => images.get(frame)).find((image) => image !== undefined);
  if (!latest) {
    throw new MediaError({
      site: path,
      expected: 'at least one frame of the clip',
      received: 'a file of which none of them can be decoded',
      remedy: 'Check that the file is complete',
    });
  }
  for (const frame of ascending) {
    latest = images.get(frame) ?? latest;
    pictures.set(frame, latest);
  }
  return frames.map((frame) => pictures.get(frame)!);
}

/** Sides that no frame of the video is resized beyond. */
function largestSize(frame: Size, options: Augmentation): Size {
  const { scale, ratio } = options;
  const widest = scaledSize(options, frame, scale[1], ratio[1]);
  const highest = scaledSize(options, frame, scale[1], ratio[0]);
  return { width: widest.width, height: highest.height };
}

/** Size that frames are kept at. */
function storedSize(frame: Size, options: Augmentation): Size {
  const { width, height } = frame;
  if (options.store === 'full') return { width, height };
  const largest = largestSize(frame, options);
  return largest.width * largest.height < width * height ? largest : { width, height };
}

/** A frame at the size that it is kept at, in bytes. */
function storable(frame: RgbImage, size: Size, { sampling }: Augmentation): RgbImage {
  if (frame.width === size.width && frame.height === size.height) return frame;
  const { data: planes } = resizeFrame(frame, size, resizeMethod(sampling));
  const plane = size.width * size.height;
  const data = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      data[3 * i + channel] = Math.round(planes[channel * plane + i]!);
    }
  }
  return { ...size, data };
}

async function decodeAll(
  video: Video,
  size: Size,
  options: Augmentation,
  signal: AbortSignal | undefined,
): Promise<StoredVideo> {
  const { frames: count } = video.timeline;
  const bytes = size.width * size.height * 3;
  const data = new SharedArrayBuffer(count * bytes);
  const missing = new Set(Array.from({ length: count }, (_, i) => i));
  for await (const frame of video.frames(signal ? { signal } : {})) {
    const { data: pixels } = storable(frame, size, options);
    new Uint8Array(data, frame.index * bytes, bytes).set(pixels);
    missing.delete(frame.index);
  }
  return { ...size, timeline: video.timeline, data, missing: [...missing] };
}

function storedFrames({ width, height, data, missing }: StoredVideo): Frames {
  const bytes = width * height * 3;
  const gaps = new Set(missing);
  return {
    get: (frame) =>
      gaps.has(frame)
        ? undefined
        : { width, height, data: new Uint8Array(data, frame * bytes, bytes) },
  };
}

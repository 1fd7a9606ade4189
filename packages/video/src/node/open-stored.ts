/** @file From what a decoder reads of a file to an open video: time line, info, warnings. Needs no Node API. */
import { MediaError } from '@slowfast/core';
import type { Decoding, OpenOptions, Timeline, Video, VideoInfo } from '../types.js';
import type { Backend, Source, StreamInfo } from './backend.js';
import type { DeclaredSize } from './declared-size.js';
import { framesLost, noFrames, noSize } from './media-errors.js';
import { degreesOf, UPRIGHT } from './orientation.js';
import { SIZE_LIMITS } from '../transform/memory.js';
import { framesPromised, packetsSuffice, rises, timelineOf } from './timeline.js';
import { openedVideo } from './video.js';

/** What options are where nobody says otherwise. */
export const DEFAULTS = {
  decoder: 'auto',
  rotation: 'apply',
  strict: false,
  pictureFps: 30,
  maxFrames: 1_000_000,
  ...SIZE_LIMITS,
} satisfies Required<Omit<OpenOptions, 'signal'>>;

/** Options, all of them. */
export type Settings = Required<Omit<OpenOptions, 'signal'>> & Pick<OpenOptions, 'signal'>;

function infoOf(
  backend: Backend,
  info: StreamInfo,
  timeline: Timeline,
  framesFrom: VideoInfo['framesFrom'],
  rotation: Settings['rotation'],
): VideoInfo {
  const turned = rotation === 'apply' && info.orientation.swap;
  return {
    width: turned ? info.height : info.width,
    height: turned ? info.width : info.height,
    fps: timeline.fps,
    averageFps: timeline.frames / timeline.duration,
    duration: timeline.duration,
    frames: timeline.frames,
    framesFrom,
    codec: info.codec,
    container: info.container,
    rotation: degreesOf(info.orientation),
    timestamps: timeline.timestamps,
    truncated: timeline.truncated,
    decoder: backend.name,
  };
}

/** What of a truncated file decodes, of how much as far as it says. */
function truncation(
  { declaredFrames }: StreamInfo,
  { frames, duration }: Timeline,
  promised: number,
  seconds: number | undefined,
): string {
  const whole = declaredFrames ?? (promised > frames ? promised : undefined);
  const part =
    whole === undefined && seconds !== undefined
      ? ` (the first ${duration.toFixed(3)} of ${seconds.toFixed(3)} seconds)`
      : '';
  const number = whole === undefined ? frames : `${frames} of ${whole}`;
  return `The file is truncated: ${number} frames decode${part}.`;
}

function warningsOf(
  info: StreamInfo,
  timeline: Timeline,
  promised: number,
  seconds: number | undefined,
): string[] {
  const warnings: string[] = [];
  const { frames, fps, timestamps, truncated } = timeline;
  if (truncated) warnings.push(truncation(info, timeline, promised, seconds));
  else if (frames < promised) {
    warnings.push(`Only ${frames} of ${promised} frames decode: the file is damaged.`);
  }
  if (timestamps === 'synthetic') {
    warnings.push(`There are no usable time stamps: frames are taken as ${fps} a second.`);
  }
  if (info.pixelAspect !== 1) {
    const aspect = Math.round(info.pixelAspect * 1000) / 1000;
    warnings.push(
      `Pixels are not square but ${aspect}:1; frames are taken as they are stored, as by the code that models were trained with.`,
    );
  }
  return warnings;
}

/** The stream, with the frames that are in it and when they are shown. */
interface Reading {
  readonly info: StreamInfo;
  readonly timeline: Timeline;
  readonly framesFrom: VideoInfo['framesFrom'];
  readonly ignoreEdits: boolean;
}

/** Reads the time line off the packets where they tell it, else decodes the frames to count them. */
async function readTimeline(
  input: Source,
  backend: Backend,
  info: StreamInfo,
  cutShort: boolean,
  settings: Settings,
  ignoreEdits = false,
): Promise<Reading> {
  if (!cutShort && packetsSuffice(info)) {
    const timeline = timelineOf(info, info.packetTicks, 'packets', false);
    return { info, timeline, framesFrom: 'indexed', ignoreEdits };
  }
  const { maxPixels, maxFrames, signal } = settings;
  const { codec, width, height } = info;
  const options = { maxPixels, maxFrames, signal, ignoreEdits };
  const ticks = await backend.frameTicks(input, { ...options, coded: { codec, width, height } });
  // An edit list goes by the time stamps: where they are not to be believed, neither is it.
  if (info.edited && !rises(ticks)) {
    const unedited = await backend.info(input, { ...options, ignoreEdits: true });
    return readTimeline(input, backend, unedited, cutShort, settings, true);
  }
  const timeline = timelineOf(info, ticks, 'frames', cutShort);
  return { info, timeline, framesFrom: 'decoded', ignoreEdits };
}

/** A file whose stream a decoder has read. */
export interface ReadFile {
  readonly input: Source;
  readonly backend: Backend;
  /** What the decoder read. */
  readonly stored: StreamInfo;
  /** What its container says of its length. */
  readonly declared: DeclaredSize;
  /** The absolute path by which a worker thread reaches it; absent if there is none. */
  readonly absolute?: string;
}

/** Opens the video of a file; see `openVideo` of the package. */
export async function openStored(file: ReadFile, settings: Settings): Promise<Video> {
  const { input, backend, stored } = file;
  const { rotation, strict, maxPixels, maxFrames, maxClipBytes } = settings;
  const { path } = input;
  const { codec, width, height } = stored;
  if (!(width > 0 && height > 0)) throw noSize(path, width, height);
  const cutShort = file.declared.isCutShort || stored.broken;
  const { info, timeline, framesFrom, ignoreEdits } = await readTimeline(
    ...([input, backend, stored, cutShort, settings] as const),
  );
  if (timeline.frames === 0) throw noFrames(path);
  const promised = framesPromised(info, timeline.frames);
  if (strict && cutShort) {
    throw new MediaError({
      site: path,
      expected: 'a complete file',
      received: 'a truncated one',
      remedy: 'Copy or download it again, or open it without strict',
    });
  }
  if (strict && timeline.frames < promised) throw framesLost(path, promised, timeline.frames);
  const decoding: Decoding = {
    coded: { codec, width, height },
    orientation: rotation === 'apply' ? info.orientation : UPRIGHT,
    options: { maxPixels, maxFrames, maxClipBytes, rotation, strict, ignoreEdits },
  };
  const source = file.absolute && { path: file.absolute, decoder: backend.name, ...decoding };
  return openedVideo({
    input,
    backend,
    timeline,
    warnings: warningsOf(info, timeline, promised, file.declared.seconds),
    decoding,
    ...(source ? { source } : {}),
    info: infoOf(backend, info, timeline, framesFrom, rotation),
  });
}

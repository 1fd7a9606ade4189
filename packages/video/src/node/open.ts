/** @file Opening a video: choice of decoder, info, time line, warnings. */
import { MediaError } from '@slowfast/core';
import type { OpenOptions, Timeline, Video, VideoInfo, VideoSource } from '../types.js';
import type { Backend, StreamInfo } from './backend.js';
import { backends } from './decoders.js';
import { isCutShort } from './declared-size.js';
import { inputFile, type InputFile } from './input-file.js';
import { framesLost, noFrames, noSize, UnsupportedCodecError } from './media-errors.js';
import { degreesOf, UPRIGHT } from './orientation.js';
import { SIZE_LIMITS } from '../transform/memory.js';
import { framesPromised, packetsSuffice, rises, timelineOf } from './timeline.js';
import { openedVideo } from './video.js';

const DEFAULTS = {
  decoder: 'auto',
  rotation: 'apply',
  strict: false,
  maxFrames: 1_000_000,
  ...SIZE_LIMITS,
} satisfies Required<Omit<OpenOptions, 'signal'>>;

type Settings = Required<Omit<OpenOptions, 'signal'>> & Pick<OpenOptions, 'signal'>;

/** Information from the first decoder that is there and knows the codec. */
async function readInfo(
  input: InputFile,
  settings: Settings,
): Promise<{ backend: Backend; info: StreamInfo }> {
  const { decoder, maxPixels, maxFrames, signal } = settings;
  const options = { maxPixels, maxFrames, signal, ignoreEdits: false };
  const reasons: string[] = [];
  let unsupported: unknown;
  for (const backend of backends(decoder)) {
    const { available, reason } = await backend.availability();
    if (!available) {
      reasons.push(`${backend.name}: ${reason}`);
      continue;
    }
    try {
      return { backend, info: await backend.info(input, options) };
    } catch (error) {
      if (!(error instanceof UnsupportedCodecError)) throw error;
      unsupported ??= error;
    }
  }
  throw (
    unsupported ??
    new MediaError({
      site: 'decoder',
      expected: decoder === 'auto' ? 'node-av or ffmpeg' : `the decoder ${decoder}`,
      received: `none that works here (${reasons.join('; ')})`,
      remedy:
        'Run npm install node-av, or install ffmpeg and put it on the PATH or name it in FFMPEG_PATH',
    })
  );
}

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

function warningsOf(info: StreamInfo, timeline: Timeline, promised: number): string[] {
  const warnings: string[] = [];
  const { frames, fps, timestamps, truncated } = timeline;
  if (truncated) {
    const declared = info.declaredFrames ? ` of ${info.declaredFrames}` : '';
    warnings.push(`The file is truncated: ${frames}${declared} frames decode.`);
  } else if (frames < promised) {
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
  input: InputFile,
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

/** See `openVideo` of the package. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<Video> {
  const settings: Settings = { ...DEFAULTS, ...options };
  const { rotation, strict, maxPixels, maxFrames, maxClipBytes, signal } = settings;
  signal?.throwIfAborted();
  const input = await inputFile(path);
  const { backend, info: stored } = await readInfo(input, settings);
  const { codec, width, height } = stored;
  if (!(width > 0 && height > 0)) throw noSize(path, width, height);
  const cutShort = (await isCutShort(input)) || stored.broken;
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
  const source: VideoSource = {
    path: input.absolute,
    decoder: backend.name,
    coded: { codec, width, height },
    orientation: rotation === 'apply' ? info.orientation : UPRIGHT,
    options: { maxPixels, maxFrames, maxClipBytes, rotation, strict, ignoreEdits },
  };
  return openedVideo({
    input,
    backend,
    timeline,
    warnings: warningsOf(info, timeline, promised),
    source,
    info: infoOf(backend, info, timeline, framesFrom, rotation),
  });
}

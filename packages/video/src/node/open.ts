/** @file Opening a video: choice of decoder, info, time line, warnings. */
import { MediaError } from '@slowfast/core';
import type { OpenOptions, Timeline, Video, VideoInfo, VideoSource } from '../types.js';
import type { Backend, StreamInfo } from './backend.js';
import { backends } from './decoders.js';
import { isCutShort } from './declared-size.js';
import { inputFile, type InputFile } from './input-file.js';
import { noFrames, UnsupportedCodecError } from './media-errors.js';
import { degreesOf, UPRIGHT } from './orientation.js';
import { packetsSuffice, timelineOf } from './timeline.js';
import { openedVideo } from './video.js';

const DEFAULTS = {
  decoder: 'auto',
  rotation: 'apply',
  strict: false,
  maxPixels: 8192 * 4608,
  maxFrames: 1_000_000,
} satisfies Required<Omit<OpenOptions, 'signal'>>;

type Settings = Required<Omit<OpenOptions, 'signal'>> & Pick<OpenOptions, 'signal'>;

/** Information from the first decoder that is there and knows the codec. */
async function readInfo(
  input: InputFile,
  settings: Settings,
): Promise<{ backend: Backend; info: StreamInfo }> {
  const { decoder, maxPixels, maxFrames, signal } = settings;
  const reasons: string[] = [];
  let unsupported: unknown;
  for (const backend of backends(decoder)) {
    const { available, reason } = await backend.availability();
    if (!available) {
      reasons.push(`${backend.name}: ${reason}`);
      continue;
    }
    try {
      return { backend, info: await backend.info(input, { maxPixels, maxFrames, signal }) };
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

function warningsOf(info: StreamInfo, timeline: Timeline): string[] {
  const warnings: string[] = [];
  if (timeline.truncated) {
    const declared = info.declaredFrames ? ` of ${info.declaredFrames}` : '';
    warnings.push(`The file is truncated: ${timeline.frames}${declared} frames decode.`);
  }
  if (timeline.timestamps === 'synthetic') {
    warnings.push(`There are no usable time stamps: frames are taken as ${timeline.fps} a second.`);
  }
  return warnings;
}

/** See `openVideo` of the package. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<Video> {
  const settings: Settings = { ...DEFAULTS, ...options };
  const { rotation, strict, maxPixels, maxFrames, signal } = settings;
  signal?.throwIfAborted();
  const input = await inputFile(path);
  const { backend, info } = await readInfo(input, settings);
  const { codec, width, height } = info;
  const coded = { codec, width, height };
  const cutShort = (await isCutShort(input)) || info.broken;
  const counted = cutShort || !packetsSuffice(info);
  const ticks = counted
    ? await backend.frameTicks(input, { coded, maxPixels, maxFrames, signal })
    : info.packetTicks;
  if (ticks.length === 0) throw noFrames(path);
  const timeline = timelineOf(info, ticks, cutShort);
  const warnings = warningsOf(info, timeline);
  if (strict && cutShort) {
    throw new MediaError({
      site: path,
      expected: 'a complete file',
      received: 'a truncated one',
      remedy: 'Copy or download it again, or open it without strict',
    });
  }
  const source: VideoSource = {
    path: input.absolute,
    decoder: backend.name,
    coded,
    orientation: rotation === 'apply' ? info.orientation : UPRIGHT,
    options: { maxPixels, maxFrames, rotation, strict },
  };
  return openedVideo({
    input,
    backend,
    timeline,
    warnings,
    source,
    info: infoOf(backend, info, timeline, counted ? 'decoded' : 'indexed', rotation),
  });
}

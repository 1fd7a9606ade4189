/** @file Opening a video file of this machine: choice of decoder. */
import { MediaError } from '@slowfast/core';
import type { OpenOptions, Video } from '../types.js';
import type { Backend, StreamInfo } from './backend.js';
import { backends } from './decoders.js';
import { declaredFileSize } from './declared-size.js';
import { inputFile, type InputFile } from './input-file.js';
import { UnsupportedCodecError } from './media-errors.js';
import { DEFAULTS, openStored, type Settings } from './open-stored.js';

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
      received: `none that works here (${reasons.join('; ') || 'browsers alone have it'})`,
      remedy:
        'Run npm install node-av, or install ffmpeg and put it on the PATH or name it in FFMPEG_PATH',
    })
  );
}

/** See `openVideo` of the package. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<Video> {
  const settings: Settings = { ...DEFAULTS, ...options };
  settings.signal?.throwIfAborted();
  const input = await inputFile(path);
  const { backend, info: stored } = await readInfo(input, settings);
  const declared = await declaredFileSize(input);
  return openStored({ input, backend, stored, declared, absolute: input.absolute }, settings);
}

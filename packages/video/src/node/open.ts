/** @file Opening a video of this machine, a file or pictures: choice of decoder. */
import { stat } from 'node:fs/promises';
import type { OpenOptions, PictureSequence, Video } from '../types.js';
import type { Backend, StreamInfo } from './backend.js';
import { backends } from './decoders.js';
import { declaredFileSize } from './declared-size.js';
import { inputFile, type InputFile } from './input-file.js';
import { noDecoder, UnsupportedCodecError } from './media-errors.js';
import { DEFAULTS, openStored, type Settings } from './open-stored.js';
import { openPictures } from './pictures/open-pictures.js';
import { picturesOfFolder } from './pictures/picture-folder.js';

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
  throw unsupported ?? noDecoder(decoder, reasons);
}

/** See `openVideo` of the package. */
export async function openFile(
  file: string | PictureSequence,
  options: OpenOptions = {},
): Promise<Video> {
  const settings: Settings = { ...DEFAULTS, ...options };
  settings.signal?.throwIfAborted();
  if (typeof file !== 'string') return openPictures(file, settings);
  if ((await stat(file).catch(() => undefined))?.isDirectory()) {
    return openPictures({ path: file, pictures: await picturesOfFolder(file) }, settings);
  }
  const input = await inputFile(file);
  const { backend, info: stored } = await readInfo(input, settings);
  const declared = await declaredFileSize(input);
  return openStored({ input, backend, stored, declared, absolute: input.absolute }, settings);
}

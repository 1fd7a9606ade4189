/** @file Opening a video in a page or a worker: a file that a person picked, a Blob, or a URL. */
import { blobSource, checkArguments, MediaError, SpecError } from '@slowfast/core';
import { declaredSize } from '../node/declared-size.js';
import type { Backend } from '../node/backend.js';
import { DEFAULTS, openStored, type Settings } from '../node/open-stored.js';
import type { OpenOptions, Video, VideoInfo, VideoInput } from '../types.js';
import { decodeBlob, ticksOfBlob } from './webcodecs-decode.js';
import { soundOfBlob } from './webcodecs-sound.js';
import { infoOfBlob, type BlobFile } from './webcodecs-info.js';

/**
 * Opens a video: reads headers and time stamps; decodes nothing yet, unless the frames can only be counted that way
 * (truncated files). A URL is fetched as a whole; its server has to allow that (CORS).
 *
 * @throws MediaError if it cannot be fetched, is empty, no video, without a video stream or frame, in a codec that the
 * browser does not decode, beyond a limit, or (strict) truncated; or if the browser has no WebCodecs.
 * @example
 * input.addEventListener('change', async () => {
 *   await using video = await openVideo(input.files[0]);
 *   for await (const frame of video.frames()) console.log(frame.index, frame.time);
 * });
 */
export async function openVideo(input: VideoInput, options: OpenOptions = {}): Promise<Video> {
  checkArguments('openVideo', { options: [options, 'object'] });
  const { signal } = options;
  signal?.throwIfAborted();
  const name = nameOf(input);
  checkDecoder(name, options.decoder);
  const file = { name, blob: await blobOf(input, name, signal) };
  signal?.throwIfAborted();
  if (file.blob.size === 0) {
    throw new MediaError({
      site: name,
      expected: 'a video file',
      received: 'an empty file',
      remedy: 'Copy or download the file again',
    });
  }
  const settings: Settings = { ...DEFAULTS, ...options };
  const opened: { video?: Video } = {};
  const backend = webCodecs(file, (message) => opened.video?.warn(message));
  const place = { path: name, url: name };
  const { maxPixels, maxFrames } = settings;
  const stored = await backend.info(place, { maxPixels, maxFrames, signal, ignoreEdits: false });
  const declared = await declaredSize(blobSource(file.blob));
  return (opened.video = await openStored({ input: place, backend, stored, declared }, settings));
}

/** What is known of a video; as {@link openVideo}, then closed. */
export async function probe(input: VideoInput, options: OpenOptions = {}): Promise<VideoInfo> {
  const video = await openVideo(input, options);
  await video.close();
  return video.info;
}

function nameOf(input: VideoInput): string {
  if (typeof input === 'string') return input;
  if (input instanceof URL) return input.href;
  if (input instanceof Blob) return input instanceof File && input.name ? input.name : 'blob';
  throw new SpecError({
    site: 'openVideo',
    expected: 'a File, a Blob or a URL',
    received: input === null ? 'null' : typeof input,
  });
}

function checkDecoder(site: string, decoder: OpenOptions['decoder'] = 'auto'): void {
  const isOffered = typeof VideoDecoder === 'function';
  if (isOffered && (decoder === 'auto' || decoder === 'webcodecs')) return;
  throw new MediaError({
    site,
    expected: isOffered
      ? 'the decoder webcodecs or auto'
      : 'a browser with WebCodecs (VideoDecoder)',
    received: isOffered
      ? `'${decoder}', which works in Node alone`
      : isSecureContext
        ? 'one without'
        : 'a page that is not secure, where browsers offer none',
    remedy: isOffered
      ? 'Leave the option out'
      : 'Serve the page by HTTPS or from localhost, to Chrome or Edge 94, Safari 16.4, Firefox 130 or later',
  });
}

async function blobOf(input: VideoInput, site: string, signal?: AbortSignal): Promise<Blob> {
  if (input instanceof Blob) return input;
  const refusal = (received: string, cause?: unknown): MediaError =>
    new MediaError({
      site,
      expected: 'a URL from which this page can fetch a video',
      received,
      remedy: 'Check the address, and that its server allows this page to read it (CORS)',
      cause,
    });
  try {
    const response = await fetch(site, signal ? { signal } : {});
    if (!response.ok) throw refusal(`the status ${response.status}`);
    return await response.blob();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MediaError) throw error;
    throw refusal(error instanceof Error ? error.message : String(error), error);
  }
}

/** The browser's decoder, for one file. */
const webCodecs = (file: BlobFile, warn: (message: string) => void): Backend => ({
  name: 'webcodecs',
  availability: async () => ({ name: 'webcodecs', available: true }),
  info: (_, options) => infoOfBlob(file, options),
  frameTicks: (_, options) => ticksOfBlob(file, options),
  decode: (_, options) => decodeBlob(file, options, warn),
  sound: (_, options) => soundOfBlob(file, options, warn),
});

/** @file Opening a video that is kept as pictures: all are there and of one size, which their headers say. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { MediaError } from '@slowfast/core';
import { evenTimeline } from '../../sampling/timeline.js';
import type { DecoderName, PictureSequence, Video } from '../../types.js';
import { noDecoder, tooLarge, tooManyFrames } from '../media-errors.js';
import type { Settings } from '../open-stored.js';
import { degreesOf, UPRIGHT } from '../orientation.js';
import { backends } from '../decoders.js';
import { pictureHeader, type PictureHeader } from './picture-size.js';
import { pictureVideo } from './picture-video.js';

/** Headers that are read at a time. */
const AT_ONCE = 16;

/** The first pictures of sequences that were looked through, by a hash of the paths of all: a data set has millions. */
const uniform = new Map<string, PictureHeader>();

/** Opens pictures; throws MediaError for one that is missing, is no picture or has another size than the first. */
export async function openPictures(
  { path, pictures }: PictureSequence,
  settings: Settings,
): Promise<Video> {
  const { decoder, rotation, strict, maxPixels, maxFrames, maxClipBytes, signal } = settings;
  if (pictures.length === 0) {
    throw new MediaError({ site: path, expected: 'at least one picture', received: 'none' });
  }
  if (pictures.length > maxFrames) throw tooManyFrames(path, maxFrames);
  const files = pictures.map((picture) => resolve(picture));
  const header = await commonHeader(files, signal);
  const { codec, width, height, orientation } = header;
  const turned = rotation === 'apply' && orientation.swap;
  if (width * height > maxPixels) throw tooLarge(path, width, height, maxPixels);
  const name = await decoderName(decoder);
  const { pictureFps } = settings;
  const timeline = { ...evenTimeline(files.length, pictureFps), timestamps: 'pictures' } as const;
  return pictureVideo({
    path,
    timeline,
    info: {
      ...{ codec, container: 'pictures', decoder: name },
      ...{ width: turned ? height : width, height: turned ? width : height },
      ...{ fps: pictureFps, averageFps: pictureFps, duration: timeline.duration },
      ...{ frames: files.length, framesFrom: 'indexed' },
      rotation: degreesOf(orientation),
      ...{ timestamps: 'pictures', truncated: false },
    },
    source: {
      ...{ path: resolve(path), pictures: files, decoder: name },
      coded: { codec, width, height },
      orientation: rotation === 'apply' ? orientation : UPRIGHT,
      options: { maxPixels, maxFrames, maxClipBytes, rotation, strict, ignoreEdits: false },
    },
  });
}

/** The first decoder of a choice that works here. */
async function decoderName(choice: Settings['decoder']): Promise<DecoderName> {
  const reasons: string[] = [];
  for (const backend of backends(choice)) {
    const { available, reason } = await backend.availability();
    if (available) return backend.name;
    reasons.push(`${backend.name}: ${reason}`);
  }
  throw noDecoder(choice, reasons);
}

/** The header that all pictures have. They are looked through once: training opens them for each clip. */
async function commonHeader(
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<PictureHeader> {
  const first = await pictureHeader(files[0]!);
  const key = createHash('sha256').update(files.join('\n')).digest('base64');
  const known = uniform.get(key);
  if (known && isSame(known, first)) return first;
  for (let from = 1; from < files.length; from += AT_ONCE) {
    signal?.throwIfAborted();
    const part = files.slice(from, from + AT_ONCE);
    const headers = await Promise.all(part.map((file) => pictureHeader(file)));
    const other = headers.findIndex((header) => !isSame(header, first));
    if (other >= 0) throw unlike(part[other]!, headers[other]!, first);
  }
  uniform.set(key, first);
  return first;
}

const isSame = (a: PictureHeader, b: PictureHeader): boolean =>
  a.codec === b.codec &&
  a.width === b.width &&
  a.height === b.height &&
  a.orientation === b.orientation;

const text = ({ codec, width, height, orientation }: PictureHeader): string =>
  `${codec === 'mjpeg' ? 'JPEG' : 'PNG'} of ${width}x${height}${orientation === UPRIGHT ? '' : ', turned by its Exif data'}`;

const unlike = (site: string, own: PictureHeader, first: PictureHeader): MediaError =>
  new MediaError({
    site,
    expected: `a picture as the first of its video, ${text(first)}`,
    received: text(own),
    remedy: 'Write the pictures again from the video',
  });

/** @file A video over its pictures: only those that are asked for are decoded. */
import { basename } from 'node:path';
import { internalError, MediaError } from '@slowfast/core';
import type {
  FramesOptions,
  Timeline,
  Video,
  VideoFrame,
  VideoInfo,
  VideoSource,
} from '../../types.js';
import { allocated } from '../../transform/memory.js';
import { noSoundStream } from '../media-errors.js';
import { openState } from '../open-state.js';
import { orient } from '../orientation.js';
import { frameQueue } from '../video.js';
import { PICTURE_DECODERS } from './picture-decoders.js';
import type { PictureCodec } from './picture-size.js';

/** What a video is made of that is kept as pictures. */
export interface PictureParts {
  readonly path: string;
  readonly info: VideoInfo;
  readonly timeline: Timeline;
  readonly source: VideoSource & { readonly pictures: readonly string[] };
}

/** The open video. */
export function pictureVideo({ path, info, timeline, source }: PictureParts): Video {
  const { pictures, coded, orientation, options } = source;
  const { maxPixels, maxClipBytes, strict } = options;
  const { shared, untilClosed } = openState(path);

  async function* frames(request: FramesOptions = {}): AsyncGenerator<VideoFrame, void, undefined> {
    const queue = frameQueue(timeline, request.indices);
    const signal = untilClosed(request.signal);
    signal.throwIfAborted();
    const open = PICTURE_DECODERS[source.decoder];
    if (!open) throw internalError(`no decoder ${source.decoder} of pictures`);
    const decoder = await open({ ...coded, codec: coded.codec as PictureCodec }, signal, path);
    const damaged = new Set<string>();
    let latest:
      (Pick<VideoFrame, 'width' | 'height' | 'data'> & { readonly index: number }) | undefined;

    async function decoded(index: number): Promise<typeof latest> {
      const file = pictures[index]!;
      if (damaged.has(file)) return undefined;
      signal.throwIfAborted();
      const data = await allocated(path, coded, () => decoder.decode(file));
      if (data) return { index, ...orient({ ...coded, data }, orientation) };
      if (strict) throw undecodable(file);
      damaged.add(file);
      return undefined;
    }

    /** The picture of an index; where it is damaged, the nearest one before it, else the first after it. */
    async function nearest(index: number): Promise<typeof latest> {
      for (let at = index; at >= 0; at--) {
        const picture = latest?.index === at ? latest : await decoded(at);
        if (picture) return picture;
      }
      for (let at = index + 1; at < pictures.length; at++) {
        const picture = await decoded(at);
        if (picture) return picture;
      }
      return undefined;
    }

    try {
      while (queue.next() < Infinity) {
        const index = queue.shift();
        const picture = await nearest(index);
        if (!picture) break;
        latest = picture;
        request.onDecoded?.(index + 1);
        const time = index / timeline.fps;
        yield { ...picture, index, time, lost: picture.index !== index };
      }
    } finally {
      decoder.close();
      if (damaged.size > 0) shared.warn(damageText([...damaged]));
    }
  }

  return {
    ...shared,
    ...{ info, timeline, source, frames },
    limits: { maxPixels, maxClipBytes },
    // eslint-disable-next-line require-yield -- there is none
    async *sound() {
      throw noSoundStream(path);
    },
  };
}

const NAMED = 3;

function damageText(files: readonly string[]): string {
  const names = files.slice(0, NAMED).map((file) => basename(file));
  const others = files.length > NAMED ? ` and ${files.length - NAMED} more` : '';
  return `Pictures that do not decode: ${names.join(', ')}${others}; those before them are taken.`;
}

const undecodable = (file: string): MediaError =>
  new MediaError({
    site: file,
    expected: 'a picture that decodes',
    received: 'one that is damaged',
    remedy: 'Write the pictures again from the video, or open them without strict',
  });

/** @file Decoding pictures one by one, by the decoders of videos: each is whole in itself, so that any can be asked for. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DecoderName, Size } from '../../types.js';
import { unsupportedCodec } from '../media-errors.js';
import { commandBytes } from '../ffmpeg-process.js';
import { loadNodeAv } from '../node-av.js';
import { AV, dictionary } from '../node-av-binding.js';
import { rgbConverter } from '../node-av-decode.js';
import type { CodedPicture } from './picture-size.js';

/** Decodes pictures of one format and size. */
export interface PictureDecoder {
  /** RGB24 of a picture; nothing where it is damaged, of another size, or gone. */
  decode(path: string): Promise<Uint8Array | undefined>;
  close(): void;
}

type OpenDecoder = (
  header: CodedPicture,
  signal: AbortSignal,
  site: string,
) => Promise<PictureDecoder>;

/** Half a picture is none: FFmpeg would fill up what is missing with grey. */
const STRICT = 'explode';

const MARGIN = 256;

const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;

const withNodeAv: OpenDecoder = async (header, signal, site) => {
  const av = loadNodeAv();
  const codec = av.Codec.findDecoderByName(header.codec);
  if (!codec) throw unsupportedCodec(site, header.codec, 'node-av');
  const options = dictionary(av, {
    // Of whole blocks, and with the margin of the decoder.
    max_pixels: (header.width + MARGIN) * (header.height + MARGIN),
    err_detect: STRICT,
    // Several would hold pictures back.
    threads: 1,
  });
  const [context, packet, frame] = [new av.CodecContext(), new av.Packet(), new av.Frame()];
  const converter = rgbConverter(av, header);
  context.allocContext3(codec);
  const opening = await context.open2(codec, options);
  options.free();
  packet.alloc();
  frame.alloc();
  const close = (): void => {
    converter.free();
    packet.free();
    frame.free();
    context.freeContext();
  };
  if (opening < 0) {
    close();
    throw unsupportedCodec(site, header.codec, 'node-av');
  }
  return {
    async decode(path) {
      const bytes = await readFile(path, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      if (!bytes || bytes.length === 0) return undefined;
      packet.data = bytes;
      // Others are added to the picture before.
      packet.flags = AV.PKT_FLAG_KEY;
      try {
        if ((await context.sendPacket(packet)) < 0) return undefined;
        if ((await context.receiveFrame(frame)) < 0) return undefined;
        return sameSize(frame, header) ? await converter.convert(frame) : undefined;
      } finally {
        packet.unref();
        frame.unref();
      }
    },
    close,
  };
};

const withFfmpeg: OpenDecoder = async ({ codec, width, height }, signal) => ({
  async decode(path) {
    const args = [
      ...['-v', 'error', '-nostdin', '-noautorotate', '-protocol_whitelist', 'file'],
      ...['-err_detect', STRICT],
      ...['-f', codec === 'png' ? 'png_pipe' : 'jpeg_pipe', '-i', `file:${resolve(path)}`],
      ...['-frames:v', '1', '-sws_flags', 'bilinear', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
    ];
    const chunks: Uint8Array[] = [];
    for await (const chunk of commandBytes('ffmpeg', args, signal)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    // Of another size, it has other bytes: headers were compared before.
    return bytes.length === 3 * width * height ? new Uint8Array(bytes) : undefined;
  },
  close: () => undefined,
});

/** By decoder; pages have no folders. */
export const PICTURE_DECODERS: Readonly<Partial<Record<DecoderName, OpenDecoder>>> = {
  'node-av': withNodeAv,
  ffmpeg: withFfmpeg,
};

/** @file Opening a file's video or sound stream with node-av. */
import { FORMATS, invalidMedia, noSoundStream, noVideoStream } from './media-errors.js';
import type { Source } from './backend.js';
import { AV, dictionary, type FormatContext, type NodeAv, type Stream } from './node-av-binding.js';

/** An opened file and one of its streams. */
export interface OpenedStream {
  readonly format: FormatContext;
  readonly stream: Stream;
  /** Kept as a number: the stream's own getters must not be used once the file is closed. */
  readonly index: number;
  close(): Promise<void>;
}

/**
 * Opens a file and finds its best video or sound stream. Only known containers and only local files.
 *
 * @throws MediaError if it is no video file, or holds no such stream.
 */
export async function openStream(
  av: NodeAv,
  input: Source,
  ignoreEdits: boolean,
  kind: 'video' | 'sound' = 'video',
): Promise<OpenedStream> {
  const format = new av.FormatContext();
  const options = dictionary(av, {
    protocol_whitelist: 'file',
    format_whitelist: FORMATS,
    // Only MP4 knows it.
    ...(ignoreEdits ? { ignore_editlist: 1 } : {}),
  });
  try {
    const opened = await format.openInput(input.url, null, options);
    if (opened < 0) throw invalidMedia(input.path, reasonOf(av, opened));
    const status = await format.findStreamInfo(null);
    if (status < 0) throw invalidMedia(input.path, reasonOf(av, status));
    const isSound = kind === 'sound';
    const type = isSound ? AV.MEDIA_TYPE_AUDIO : AV.MEDIA_TYPE_VIDEO;
    const index = format.findBestStream(type, -1, -1, false, 0);
    const stream = index < 0 ? undefined : format.streams?.[index];
    // A song's cover is a video stream to FFmpeg, of one picture.
    const cover = (stream?.disposition ?? 0) & AV.DISPOSITION_ATTACHED_PIC;
    if (!stream && isSound) throw noSoundStream(input.path);
    if (!stream || cover) throw noVideoStream(input.path, format.iformat?.name ?? 'unknown');
    return { format, stream, index, close: () => format.closeInput() };
  } catch (error) {
    await format.closeInput();
    throw error;
  } finally {
    options.free();
  }
}

/** FFmpeg's words for an error code. */
export function reasonOf(av: NodeAv, code: number): string {
  return av.FFmpegError.strerror(code);
}

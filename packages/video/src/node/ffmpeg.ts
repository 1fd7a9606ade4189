/**
 * @file Decoding through the ffmpeg and ffprobe commands, where node-av does not load. Frames come
 * through a pipe as raw RGB24; ffmpeg is kept from scaling, turning, dropping and doubling them.
 */
import type {
  Backend,
  DecodedFrame,
  DecodeOptions,
  DecoderAvailability,
  Source,
} from './backend.js';
import { infoWithFfprobe, frameTicksWithFfprobe } from './ffmpeg-info.js';
import { FrameNotes, notingFilters } from './ffmpeg-frames.js';
import { soundWithFfmpeg } from './ffmpeg-sound.js';
import {
  commandBytes,
  commandLines,
  commandPath,
  editArgs,
  INPUT_GUARDS,
  type Ending,
} from './ffmpeg-process.js';
import { unsupportedCodec } from './media-errors.js';

/** What `ffmpeg -version` calls itself. */
async function versionOf(command: 'ffmpeg' | 'ffprobe'): Promise<string> {
  let first = '';
  const { code } = await commandLines(command, ['-version'], undefined, (line) => (first ||= line));
  const version = /version (\S+)/.exec(first)?.[1];
  if (code !== 0 || !version) throw new Error(`'${commandPath(command)} -version' fails`);
  return version;
}

async function availability(): Promise<DecoderAvailability> {
  for (const command of ['ffprobe', 'ffmpeg'] as const) {
    try {
      const version = await versionOf(command);
      if (command === 'ffmpeg') return { name: 'ffmpeg', available: true, version };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason =
        code === 'ENOENT' ? `the command '${commandPath(command)}' is not found` : message;
      return { name: 'ffmpeg', available: false, reason };
    }
  }
  throw new Error('internal: neither command was tried');
}

/**
 * The option that keeps frames from being doubled to a fixed rate: `-fps_mode` came with 5.1 and
 * replaces `-vsync`. The command's own help is asked, since builds from git have no comparable version.
 */
async function passthrough(signal: AbortSignal | undefined): Promise<readonly string[]> {
  let modern = false;
  await commandLines('ffmpeg', ['-hide_banner', '-h', 'long'], signal, (line) => {
    modern ||= line.startsWith('-fps_mode');
  });
  return modern ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'];
}

async function* decode(
  input: Source,
  { coded, ignoreEdits, signal }: DecodeOptions,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const args = [
    // Every note of a frame, also one that is like the one before it.
    ...['-hide_banner', '-nostats', '-v', 'repeat+info', '-nostdin', '-noautorotate'],
    ...[...INPUT_GUARDS, ...editArgs(ignoreEdits), '-copyts', '-i', input.url],
    ...['-map', '0:V:0', ...(await passthrough(signal))],
    ...['-vf', notingFilters(coded), '-f', 'rawvideo', '-'],
  ];
  const notes = new FrameNotes(coded);
  const bytes = commandBytes('ffmpeg', args, signal, { onNote: (line) => notes.take(line) });
  let frames = 0;
  try {
    const pictures = pieces(bytes, coded.width * coded.height * 3);
    for (;;) {
      const { done, value } = await pictures.next();
      if (done) {
        const missing = /Decoder .*not found|Unknown decoder/i.test(value.errors);
        if (frames === 0 && missing) throw unsupportedCodec(input.path, coded.codec, 'ffmpeg');
        yield undefined;
        return;
      }
      frames++;
      yield { ...(await notes.next()), rgb: () => Promise.resolve(value) };
    }
  } finally {
    await bytes.return({ code: null, errors: '' });
  }
}

/** The bytes of a command in pieces of one size; what is left at its end is none. */
async function* pieces(
  bytes: AsyncGenerator<Uint8Array, Ending, undefined>,
  size: number,
): AsyncGenerator<Uint8Array, Ending, undefined> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    const { done, value } = await bytes.next();
    if (done) return value;
    for (let at = 0; at < value.length;) {
      const part = value.subarray(at, at + size - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < size) break;
      yield piece;
      piece = new Uint8Array(size);
      filled = 0;
    }
  }
}

/** The decoder ffmpeg. */
export const ffmpeg: Backend = {
  name: 'ffmpeg',
  availability,
  info: infoWithFfprobe,
  frameTicks: frameTicksWithFfprobe,
  decode,
  sound: soundWithFfmpeg,
};

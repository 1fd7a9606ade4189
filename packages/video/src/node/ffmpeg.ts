/**
 * @file Decoding through the ffmpeg and ffprobe commands, where node-av does not load. Frames come
 * through a pipe as raw RGB24; ffmpeg is kept from scaling, turning, dropping and doubling them.
 */
import type { Backend, DecodeOptions, DecoderAvailability, RawFrame, Source } from './backend.js';
import { infoWithFfprobe, frameTicksWithFfprobe } from './ffmpeg-info.js';
import { commandBytes, commandLines, commandPath, INPUT_GUARDS } from './ffmpeg-process.js';
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
  { coded, wanted, signal }: DecodeOptions,
): AsyncGenerator<RawFrame, void, undefined> {
  const { width, height, codec } = coded;
  const args = [
    ...['-v', 'error', '-nostdin', '-noautorotate', ...INPUT_GUARDS, '-i', input.url],
    ...['-map', '0:V:0', ...(await passthrough(signal))],
    // BT.601 whatever the file says, as libswscale does by default under PyAV and node-av.
    ...['-vf', 'scale=in_color_matrix=bt601:flags=bilinear,format=rgb24'],
    ...['-f', 'rawvideo', '-'],
  ];
  const size = width * height * 3;
  let data = new Uint8Array(size);
  let filled = 0;
  let frames = 0;
  const bytes = commandBytes('ffmpeg', args, signal);
  try {
    for (;;) {
      const { done, value } = await bytes.next();
      if (done) {
        const missing = /Decoder .*not found|Unknown decoder/i.test(value.errors);
        if (frames === 0 && missing) throw unsupportedCodec(input.path, codec, 'ffmpeg');
        return;
      }
      for (let at = 0; at < value.length;) {
        const part = value.subarray(at, at + size - filled);
        data.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled < size) break;
        frames++;
        const raw = { ticks: undefined, width, height };
        yield wanted(undefined) ? { ...raw, data } : raw;
        data = new Uint8Array(size);
        filled = 0;
      }
    }
  } finally {
    await bytes.return({ code: null, errors: '' });
  }
}

/** The decoder ffmpeg. */
export const ffmpeg: Backend = {
  name: 'ffmpeg',
  availability,
  info: infoWithFfprobe,
  frameTicks: frameTicksWithFfprobe,
  decode,
};

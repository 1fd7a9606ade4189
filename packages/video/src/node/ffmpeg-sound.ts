/** @file Decoding sound to one channel at a rate through the ffmpeg command. */
import { GAP } from '../sound/gap.js';
import type { SoundOptions, SoundPiece } from '../types.js';
import type { DecodeOptions, Source } from './backend.js';
import { fieldsOf } from './ffmpeg-info.js';
import {
  commandBytes,
  commandLines,
  editArgs,
  INPUT_GUARDS,
  type Ending,
} from './ffmpeg-process.js';
import { noSoundStream, unsupportedCodec } from './media-errors.js';

/** A stream of sound, by its place among those of the file. */
interface SoundStream {
  readonly place: number;
  readonly codec: string;
  readonly channels: number;
  /** Seconds from the moment that a player shows as 0 to its first sample. */
  readonly start: number;
}

const ENTRIES =
  'stream=codec_name,channels,start_time:stream_disposition=default:format=start_time';

/** The stream that a player takes: the file's default, or its first. */
async function soundStream(
  { path, url }: Source,
  ignoreEdits: boolean,
  signal: AbortSignal | undefined,
): Promise<SoundStream> {
  const streams: ReadonlyMap<string, string>[] = [];
  let format: ReadonlyMap<string, string> | undefined;
  const args = [
    ...['-v', 'error', ...INPUT_GUARDS, ...editArgs(ignoreEdits)],
    ...['-select_streams', 'a', '-show_entries', ENTRIES, '-of', 'compact', url],
  ];
  await commandLines('ffprobe', args, signal, (line) => {
    // Sections within a stream stand in its line.
    if (line.startsWith('stream|')) streams.push(fieldsOf(line));
    if (line.startsWith('format|')) format = fieldsOf(line);
  });
  const seconds = (text: string | undefined): number => Number(text) || 0;
  const place = Math.max(
    0,
    streams.findIndex((stream) => stream.get('disposition:default') === '1'),
  );
  const stream = streams[place];
  if (!stream) throw noSoundStream(path);
  return {
    place,
    codec: stream.get('codec_name') ?? 'unknown',
    channels: Math.max(1, Number(stream.get('channels')) || 1),
    start: seconds(stream.get('start_time')) - seconds(format?.get('start_time')),
  };
}

/** Decodes a file's sound from its start; damaged packets are passed over, and gaps are silence. */
export async function* soundWithFfmpeg(
  input: Source,
  { rate, signal, ignoreEdits }: SoundOptions & Pick<DecodeOptions, 'ignoreEdits'>,
): AsyncGenerator<SoundPiece, void, undefined> {
  const { place, codec, channels, start } = await soundStream(input, ignoreEdits, signal);
  const bytes = commandBytes(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', ...INPUT_GUARDS, ...editArgs(ignoreEdits), '-i', input.url],
      // Gaps of the time stamps are filled, so that all later samples stay in their place.
      ...[
        '-map',
        `0:a:${place}`,
        '-af',
        `aresample=${rate}:async=1:min_hard_comp=${GAP}:first_pts=0`,
      ],
      ...['-ac', `${channels}`, '-c:a', 'pcm_f32le', '-f', 'f32le', '-'],
    ],
    signal,
  );
  let at = 0;
  // What is filled before the first sample is none of the sound.
  const first = start > GAP ? Math.round(start * rate) : 0;
  try {
    const pieces = channelMeans(bytes, channels);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) {
        const isUnknown = /Decoder .*not found|Unknown decoder/i.test(value.errors);
        if (at === 0 && isUnknown) throw unsupportedCodec(input.path, codec, 'ffmpeg');
        return;
      }
      const samples = value.subarray(Math.min(value.length, Math.max(0, first - at)));
      const end = at + value.length;
      if (samples.length > 0) yield { at: end - samples.length, samples };
      at = end;
    }
  } finally {
    await bytes.return({ code: null, errors: '' });
  }
}

/** The mean of the channels, which take turns; what is no whole sample at the end is left out. */
async function* channelMeans(
  bytes: AsyncGenerator<Uint8Array, Ending, undefined>,
  channels: number,
): AsyncGenerator<Float32Array, Ending, undefined> {
  const size = 4 * channels;
  let rest = new Uint8Array();
  for (;;) {
    const { done, value } = await bytes.next();
    if (done) return value;
    const all = Buffer.concat([rest, value]);
    const count = Math.floor(all.length / size);
    const means = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        sum += all.readFloatLE(size * i + 4 * channel);
      }
      means[i] = sum / channels;
    }
    rest = all.subarray(count * size);
    if (count > 0) yield means;
  }
}

/** @file Reading a stream's info and the time stamps of its packets or frames with ffprobe. */
import type { CountOptions, StreamInfoOptions, Source, StreamInfo } from './backend.js';
import { commandLines, editArgs, INPUT_GUARDS, type Ending } from './ffmpeg-process.js';
import {
  brokenProbe,
  invalidMedia,
  noVideoStream,
  tooLarge,
  tooManyFrames,
  unsupportedCodec,
} from './media-errors.js';
import { orientationOf, UPRIGHT } from './orientation.js';

// V: video streams that are not cover pictures.
const probeArgs = (entries: string, url: string, ignoreEdits: boolean): string[] => [
  ...['-v', 'error', ...INPUT_GUARDS, ...editArgs(ignoreEdits)],
  ...['-select_streams', 'V:0', '-show_entries', entries, '-of', 'compact', url],
];

const STREAM =
  'codec_name,codec_tag_string,width,height,sample_aspect_ratio,has_b_frames,time_base,r_frame_rate,avg_frame_rate,duration_ts,nb_frames';

/** `section|key=value|…` to a map. */
export function fieldsOf(line: string): ReadonlyMap<string, string> {
  const pairs = line.split('|').map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  });
  return new Map(pairs);
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;

function fraction(text: string | undefined): { num: number; den: number } {
  const [num = 0, den = 0] = (text ?? '').split(/[/:]/).map(Number);
  return { num, den };
}

const ratio = (text: string | undefined): number => {
  const { num, den } = fraction(text);
  return den > 0 ? num / den : 0;
};

/** `00000000: 0 65536 0\n00000001: …` to the nine numbers. */
function displayMatrix(text: string): number[] {
  return text
    .split(/\\n|\n/)
    .flatMap((row) => [...row.replace(/^[0-9a-f]+:/i, '').matchAll(/-?\d+/g)])
    .map(([digits]) => Number(digits));
}

/** The last thing ffprobe said, without the file's name. */
const lastWords = ({ errors }: Ending): string =>
  errors.trim().split('\n').at(-1)?.split(': ').at(-1) || 'no reason given';

/** Reads what the headers and packets of a file tell about its video stream. */
export async function infoWithFfprobe(
  input: Source,
  { maxPixels, maxFrames, ignoreEdits, signal }: StreamInfoOptions,
): Promise<StreamInfo> {
  const packetTicks: (number | undefined)[] = [];
  let packetDuration: number | undefined;
  let edited = false;
  let doubtful = false;
  let stream: ReadonlyMap<string, string> | undefined;
  let format: ReadonlyMap<string, string> | undefined;
  const entries = `packet=pts,duration,size,flags:stream=${STREAM}:stream_side_data=displaymatrix:format=format_name,start_time`;
  const ending = await commandLines(
    'ffprobe',
    probeArgs(entries, input.url, ignoreEdits),
    signal,
    (line) => {
      const fields = fieldsOf(line);
      if (line.startsWith('stream|')) stream = fields;
      if (line.startsWith('format|')) format = fields;
      if (!line.startsWith('packet|')) return;
      const flags = fields.get('flags') ?? '';
      const discard = flags.includes('D');
      edited ||= discard;
      doubtful ||= discard || flags.includes('C');
      packetDuration ??= integer(fields.get('duration'));
      // An empty packet (AVI) stands for the frame before it.
      if (!discard && fields.get('size') !== '0') packetTicks.push(integer(fields.get('pts')));
      if (packetTicks.length > maxFrames) throw tooManyFrames(input.path, maxFrames);
    },
  );
  const container = format?.get('format_name');
  if (container === undefined) {
    if (ending.code === null) throw brokenProbe(input.path);
    throw invalidMedia(input.path, lastWords(ending));
  }
  if (!stream) throw noVideoStream(input.path, container);
  const codec = stream.get('codec_name') ?? 'unknown';
  if (codec === 'unknown' || codec === 'none') {
    const tag = `the unknown codec '${stream.get('codec_tag_string') ?? ''}'`;
    throw unsupportedCodec(input.path, tag, 'ffmpeg');
  }
  const width = integer(stream.get('width')) ?? 0;
  const height = integer(stream.get('height')) ?? 0;
  if (width * height > maxPixels) throw tooLarge(input.path, width, height, maxPixels);
  const matrix = [...stream].find(([key]) => key.endsWith('displaymatrix'))?.[1];
  return {
    codec,
    container,
    width,
    height,
    orientation: matrix ? orientationOf(displayMatrix(matrix)) : UPRIGHT,
    pixelAspect: ratio(stream.get('sample_aspect_ratio')) || 1,
    containerStart: Number(format?.get('start_time')) || 0,
    timeBase: fraction(stream.get('time_base')),
    nominalFps: ratio(stream.get('r_frame_rate')),
    averageFps: ratio(stream.get('avg_frame_rate')),
    durationTicks: integer(stream.get('duration_ts')),
    declaredFrames: integer(stream.get('nb_frames')),
    packetTicks,
    packetDuration,
    reorders: (integer(stream.get('has_b_frames')) ?? 0) > 0,
    edited,
    doubtful,
    broken: ending.code !== 0,
  };
}

/** Decodes everything for the time stamps alone. */
export async function frameTicksWithFfprobe(
  input: Source,
  { maxFrames, ignoreEdits, signal }: CountOptions,
): Promise<(number | undefined)[]> {
  const ticks: (number | undefined)[] = [];
  const args = probeArgs('frame=best_effort_timestamp', input.url, ignoreEdits);
  await commandLines('ffprobe', args, signal, (line) => {
    if (!line.startsWith('frame|')) return;
    ticks.push(integer(fieldsOf(line).get('best_effort_timestamp')));
    if (ticks.length > maxFrames) throw tooManyFrames(input.path, maxFrames);
  });
  return ticks;
}

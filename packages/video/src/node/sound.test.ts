/** @file Sound of videos that are made here: where it is, what is heard of a clip, and what is said where there is none. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SoundSampling } from '@slowfast/core';
import {
  openVideo,
  soundSamples,
  views,
  type SoundPiece,
  type Video,
  type View,
} from '../index.js';
import { resampler } from '../sound/resample.js';
import type { ViewPreprocessing } from '../views/plan.js';

const installed = (name: string): string =>
  (createRequire(import.meta.url)(name) as { path: string }).path;
const ffmpeg = installed('@ffmpeg-installer/ffmpeg');
const SOUND: SoundSampling = {
  ...{ rate: 16_000, window: 512, hop: 256, frames: 32, mels: 80 },
  ...{ mean: -7.03, std: 4.66 },
};
const PREPROCESSING: ViewPreprocessing = {
  clip: { frames: 4, stride: 4, fps: 30 },
  ...{ sampling: 'pyslowfast', resize: 32, crop: 32, channelOrder: 'rgb', sound: SOUND },
  ...{ mean: [0.45, 0.45, 0.45], std: [0.225, 0.225, 0.225] },
  views: { clips: 3, crops: 3, combine: 'mean' },
};
const PICTURES = ['-f', 'lavfi', '-i', 'testsrc=size=48x32:rate=30:duration=3'];
/** 500 Hz, then 3000; the right channel half as loud. */
const TONE = 'sin(2*PI*t*if(lt(t,1.5),500,3000))';
const TONES = `'${TONE}/2|${TONE}/4'`;

let folder: string;
const path = (name: string): string => join(folder, name);

function write(name: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(ffmpeg, ['-v', 'error', '-y', ...args, path(name)]);
  if (status !== 0) throw new Error(String(stderr));
}
const withSound = (name: string, sound: string, ...args: readonly string[]): void =>
  write(name, ...PICTURES, '-f', 'lavfi', '-i', sound, '-c:v', 'mpeg4', ...args);

beforeAll(async () => {
  process.env['FFMPEG_PATH'] ??= ffmpeg;
  process.env['FFPROBE_PATH'] ??= installed('@ffprobe-installer/ffprobe');
  folder = await mkdtemp(join(tmpdir(), 'sound-'));
  withSound('tones.mp4', `aevalsrc=${TONES}:s=44100:d=3`, '-c:a', 'aac');
  withSound('tones.avi', `aevalsrc=${TONES}:s=48000:d=3`, '-c:a', 'pcm_s16le');
  withSound('tones.mkv', `aevalsrc=${TONES}:s=8000:d=3`, '-c:a', 'pcm_s16le');
  withSound('early-end.mkv', 'sine=frequency=1000:duration=1.1', '-c:a', 'pcm_s16le');
  withSound('late.mkv', `aevalsrc=${TONES}:d=1,asetpts=PTS+1.5/TB`, '-c:a', 'pcm_s16le');
  const five = Array.from({ length: 6 }, (_, i) => `${(i + 1) / 10}*${TONE}`).join('|');
  withSound('five.mkv', `aevalsrc='${five}':c=5.1:s=44100:d=1`, '-c:a', 'pcm_s16le');
  write('mute.mp4', ...PICTURES, '-c:v', 'mpeg4');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function pieces(video: Video, rate = 16_000): Promise<SoundPiece[]> {
  const all: SoundPiece[] = [];
  for await (const piece of video.sound({ rate })) all.push(piece);
  return all;
}

async function soundOf(video: Video, rate = 16_000): Promise<Float32Array> {
  const whole = new Float32Array(4 * rate);
  let end = 0;
  for (const { at, samples } of await pieces(video, rate)) {
    whole.set(samples, at);
    end = Math.max(end, at + samples.length);
  }
  return whole.subarray(0, end);
}

async function viewsOf(name: string, preprocessing = PREPROCESSING) {
  const made: View[] = [];
  await using video = await openVideo(path(name));
  for await (const view of views(video, preprocessing)) made.push(view);
  return { made, warnings: video.warnings };
}

test.each([
  ['tones.mp4', 0.01],
  ['tones.avi', 0.0005],
  ['tones.mkv', 0.001],
])('the sound of %s is the mean of its channels at its time', async (name, tolerance) => {
  await using video = await openVideo(path(name));
  const sound = await soundOf(video);
  expect(Math.abs(sound.length - 48_000)).toBeLessThan(1100);
  // Away from the ends and the change between the tones.
  for (const [from, to, hertz] of [
    [1600, 22_400, 500],
    [25_600, 46_400, 3000],
  ] as const) {
    let worst = 0;
    for (let i = from; i < to; i++) {
      const tone = 0.375 * Math.sin((2 * Math.PI * hertz * i) / 16_000);
      worst = Math.max(worst, Math.abs(sound[i]! - tone));
    }
    expect(worst).toBeLessThan(tolerance);
  }
});

test('each clip has the spectrogram around its middle, the same for all crops', async () => {
  const { made, warnings } = await viewsOf('tones.mp4');
  expect(warnings).toEqual([]);
  expect(made).toHaveLength(9);
  // By HTK's scale, of 80 frequencies from 0 to 8000 Hz.
  const bandOf = (hertz: number): number =>
    (81 * Math.log10(1 + hertz / 700)) / Math.log10(1 + 8000 / 700) - 1;
  for (const { clip, sound } of made) {
    expect(sound!.shape).toEqual([1, 1, 32, 1, 80]);
    expect(sound).toEqual(made[3 * clip]!.sound);
    const row = sound!.data.subarray(16 * 80, 17 * 80);
    const loudest = row.indexOf(Math.max(...row));
    expect(Math.abs(loudest - bandOf(clip < 2 ? 500 : 3000))).toBeLessThan(1);
  }
});

test('what sound does not reach is silence, and said; a clip without any is an error', async () => {
  const short = { ...PREPROCESSING, views: { clips: 1, crops: 1, combine: 'mean' } as const };
  const whole = { ...short, clip: { frames: 4, stride: 22, fps: 30 } };
  const long = { ...SOUND, frames: 160 };
  expect(soundSamples(long)).toBe(41_216);
  const { made, warnings } = await viewsOf('early-end.mkv', { ...whole, sound: long });
  expect(warnings).toEqual([
    'The sound does not reach over all clips: the rest of them is taken as silence.',
  ]);
  expect(made[0]!.sound!.data.at(-1)).toBeCloseTo((Math.log(1e-8) + 7.03) / 4.66, 5);
  await expect(viewsOf('early-end.mkv')).rejects.toThrow(
    /early-end\.mkv: expected sound from 1\.\d\d to 2\.\d\d s, which the model hears, received none that decodes\. Give a video with sound throughout, or take a model that only sees\.$/,
  );
});

test('a video without sound is refused', async () => {
  await expect(viewsOf('mute.mp4')).rejects.toThrow(
    `${path('mute.mp4')}: expected a video with sound, which the model hears, received one without. Give a video with sound, or take a model that only sees.`,
  );
  await using video = await openVideo(path('mute.mp4'), { decoder: 'ffmpeg' });
  await expect(views(video, PREPROCESSING).next()).rejects.toThrow(
    `${path('mute.mp4')}: expected a video with sound, which the model hears, received one without.`,
  );
});

test.each(['tones.mp4', 'tones.avi', 'tones.mkv', 'early-end.mkv', 'late.mkv', 'five.mkv'])(
  'the ffmpeg command gives the samples of node-av (%s)',
  async (name) => {
    await using video = await openVideo(path(name), { decoder: 'node-av' });
    await using other = await openVideo(path(name), { decoder: 'ffmpeg' });
    expect(other.info.decoder).toBe('ffmpeg');
    const [own, theirs] = [await soundOf(video), await soundOf(other)];
    // AAC fills its last frame; not all builds leave that out.
    expect(Math.abs(own.length - theirs.length)).toBeLessThan(400);
    // At both ends their resamplers differ, and Matroska's times are whole milliseconds.
    const worst = own
      .subarray(100, Math.min(own.length, theirs.length) - 100)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[100 + i]!)), 0);
    expect(worst).toBeLessThan(2e-4);
    const heard = async (opened: Video) => {
      const [first] = await pieces(opened);
      return first!.at / 16_000;
    };
    expect(Math.abs((await heard(video)) - (await heard(other)))).toBeLessThan(0.06);
  },
);

test.each([8000, 11_025, 44_100, 48_000])(
  'samples of %i Hz in pieces become those that swresample makes',
  async (from) => {
    const seconds = 0.5;
    withSound(`${from}.mkv`, `aevalsrc=${TONES}:s=${from}:d=${seconds}`, '-c:a', 'pcm_f32le');
    await using video = await openVideo(path(`${from}.mkv`));
    const theirs = await soundOf(video);
    const resampling = resampler(from, 16_000);
    const tone = Float32Array.from({ length: seconds * from }, (_, i) => {
      return 0.375 * Math.sin((2 * Math.PI * 500 * i) / from);
    });
    const own: number[] = [];
    for (let at = 0; at < tone.length; at += 700) {
      own.push(...resampling.add(tone.subarray(at, at + 700)));
    }
    own.push(...resampling.end());
    expect(Math.abs(own.length - 8000)).toBeLessThan(100);
    for (let i = 100; i < 7900; i++) expect(Math.abs(own[i]! - theirs[i]!)).toBeLessThan(1e-4);
  },
);

test('broken sound is as none', async () => {
  const bytes = await readFile(path('tones.avi'));
  // The sound of the second half, packet by packet.
  for (let at = bytes.length >> 1; (at = bytes.indexOf('01wb', at)) > 0; at += 4) {
    bytes.write('JUNK', at);
  }
  await writeFile(path('broken.avi'), bytes);
  await expect(viewsOf('broken.avi')).rejects.toThrow('received none that decodes');
});

const rest = async (pieces: AsyncIterable<unknown>): Promise<void> => {
  for await (const piece of pieces) expect(piece).toBeDefined();
};

test('decoding stops when it is aborted, and when the video is closed', async () => {
  const stop = new AbortController();
  const video = await openVideo(path('tones.mp4'));
  const aborted = video.sound({ rate: 16_000, signal: stop.signal });
  await aborted.next();
  stop.abort(new Error('enough'));
  await expect(rest(aborted)).rejects.toThrow('enough');
  const closed = video.sound({ rate: 16_000 });
  await closed.next();
  await video.close();
  await expect(rest(closed)).rejects.toThrow('expected an open video');
});

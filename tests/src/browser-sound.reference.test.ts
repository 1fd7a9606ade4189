/** @file The sound of videos in a real browser by WebCodecs, against the samples of Node. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogModel } from '@slowfast/models';
import { openVideo, views } from '@slowfast/video';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { html, openBrowser, serve } from './browser/chromium.js';
import type { VideoPageApi } from './browser/video-page.js';

const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-sound-'));
const at = (name: string): string => join(scratch, name);
const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=3', '-c:v', 'libvpx'];
/** A tone that rises, half as loud on the right. */
const sweep = (rate: number, filter = ''): string =>
  `aevalsrc='sin(2*PI*(200*t+500*t*t))/2|sin(2*PI*(200*t+500*t*t))/4':s=${rate}:d=3${filter}`;

let server: Server;
let browser: Browser;
let page: Page;
declare const videos: VideoPageApi;

/** Codecs of sound with what the samples may be off. */
const FILES: readonly (readonly [name: string, tolerance: number, options: readonly string[]])[] = [
  ['opus.webm', 1e-3, ['-i', sweep(48_000), '-c:a', 'libopus']],
  ['vorbis.webm', 1e-3, ['-i', sweep(44_100), '-c:a', 'libvorbis']],
  ['pcm.mkv', 2e-4, ['-i', sweep(44_100), '-c:a', 'pcm_s16le']],
  ['slow.mkv', 2e-4, ['-i', sweep(8000), '-c:a', 'pcm_s16le']],
  ['flac.mkv', 2e-4, ['-i', sweep(22_050), '-c:a', 'flac']],
  ['late.mkv', 2e-4, ['-i', sweep(48_000, ',atrim=end=1,asetpts=PTS+1.5/TB'), '-c:a', 'pcm_s16le']],
  ['mp3.mkv', 1e-3, ['-i', sweep(44_100), '-c:a', 'libmp3lame']],
];

beforeAll(async () => {
  const files = new Map<string, Uint8Array>();
  const make = (name: string, ...options: readonly string[]): void => {
    execFileSync(ffmpeg, ['-v', 'error', ...options, '-b:v', '500k', at(name)]);
    files.set(`/${name}`, readFileSync(at(name)));
  };
  for (const [name, , sound] of FILES)
    make(name, ...PICTURES.slice(0, 4), '-f', 'lavfi', ...sound, '-c:v', 'libvpx');
  make('mute.webm', ...PICTURES);
  make(
    'ac3.mkv',
    ...PICTURES.slice(0, 4),
    '-f',
    'lavfi',
    '-i',
    sweep(48_000),
    '-c:v',
    'libvpx',
    '-c:a',
    'ac3',
  );
  const { outputFiles } = await build({
    entryPoints: { page: fileURLToPath(new URL('browser/video-page.ts', import.meta.url)) },
    ...{ bundle: true, format: 'esm', platform: 'browser', outdir: '/', write: false },
    conditions: ['@slowfast/source'],
  });
  files.set('/page.js', outputFiles[0]!.contents);
  files.set('/videos.html', html('<script type="module" src="/page.js"></script>'));
  server = await serve(files);
  browser = await openBrowser(scratch, []);
  page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/videos.html`, { waitUntil: 'load' });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

const floats = (text: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

const inPage = (name: string): ReturnType<VideoPageApi['sound']> =>
  page.evaluate((path) => videos.sound(path, 16_000), `/${name}`);

test.each(FILES)('%s: the samples are those of Node to %d', async (name, tolerance) => {
  const [text, warnings] = await inPage(name);
  const actual = floats(text);
  expect(warnings).toEqual([]);
  await using video = await openVideo(at(name));
  const expected = new Float32Array(actual.length + 4000);
  let end = 0;
  for await (const { at: from, samples } of video.sound({ rate: 16_000 })) {
    for (const [i, value] of samples.entries()) {
      if (from + i >= 0 && from + i < expected.length) expected[from + i] = value;
    }
    end = Math.max(end, from + samples.length);
  }
  expect(Math.abs(actual.length - end)).toBeLessThan(1200);
  // Away from the ends, where resamplers and decoders differ.
  const first = name === 'late.mkv' ? 24_200 : 1200;
  const worst = (shift: number): number => {
    let most = 0;
    for (let i = first; i < Math.min(end, actual.length) - 1200; i++) {
      most = Math.max(most, Math.abs((actual[i + shift] ?? 0) - expected[i]!));
    }
    return most;
  };
  // FFmpeg has Vorbis begin 3 ms later, a fifth of the distance between windows.
  const shifts = name.startsWith('vorbis') ? Array.from({ length: 129 }, (_, i) => i - 64) : [0];
  expect(Math.min(...shifts.map(worst))).toBeLessThan(tolerance);
});

test('views have the spectrograms of Node', async () => {
  const { preprocessing } = catalogModel('avslowfast-4x16-r50');
  const text = await page.evaluate(([path, how]) => videos.heard(path, how), [
    '/pcm.mkv',
    preprocessing,
  ] as const);
  const actual = floats(text);
  await using video = await openVideo(at('pcm.mkv'));
  const { value } = await views(video, preprocessing, { clips: 1, crops: 1 }).next();
  const sound = value!.sound!;
  expect(actual).toHaveLength(sound.data.length);
  // Where nothing sounds the logarithm is of rounding errors: what is heard counts.
  const off = [...sound.data].map((v, i) => (v > 0 ? Math.abs(v - actual[i]!) : 0));
  expect(Math.max(...off)).toBeLessThan(1e-3);
});

test('a video without sound, and a codec that the browser does not know, are refused', async () => {
  const failure = (name: string): Promise<string> =>
    inPage(name).then(
      () => 'none',
      (error: Error) => error.message,
    );
  expect(await failure('mute.webm')).toContain(
    'mute.webm: expected a video with sound, which the model hears, received one without. Give a video with sound, or take a model that only sees.',
  );
  expect(await failure('ac3.mkv')).toContain(
    'ac3.mkv: expected sound in a codec that this browser decodes (Opus, AAC, MP3, Vorbis, FLAC, PCM), received ac3. Convert the sound to Opus or PCM, run it in Node, or take a model that only sees.',
  );
});

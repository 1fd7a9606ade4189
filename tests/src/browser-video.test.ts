/**
 * @file Videos in a real browser by WebCodecs, against the decoders of Node: times, pixels and views; files that are broken;
 * stopping; a camera; memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-video-'));
const MEDIA = '../../examples/media/';

/** Where each file that the page fetches lies. */
const paths = new Map<string, string>();
let server: Server;
let browser: Browser;
let page: Page;

/** What the page has on its global object. */
declare const videos: VideoPageApi;

beforeAll(async () => {
  for (const name of ['arm-wrestling.mp4', 'flipping-a-pancake.mkv', 'variable-frame-rate.mp4']) {
    paths.set(name, at(MEDIA + name));
  }
  const size = 'testsrc2=s=192x128:r=25:d=0.8';
  make('vp8.webm', '-f', 'lavfi', '-i', size, '-c:v', 'libvpx', '-b:v', '1M', '-auto-alt-ref', '0');
  make('vp9.webm', '-f', 'lavfi', '-i', size, '-c:v', 'libvpx-vp9', '-cpu-used', '8');
  make('pictures.ts', '-f', 'lavfi', '-i', size, '-c:v', 'libx264', '-pix_fmt', 'yuv420p');
  make('full.mp4', '-f', 'lavfi', '-i', size, '-c:v', 'libx264', '-pix_fmt', 'yuvj420p');
  make('turned.mov', '-i', paths.get('full.mp4')!, '-c', 'copy', '-metadata:s:v', 'rotate=90');
  make('sound.mp4', '-f', 'lavfi', '-i', 'sine=d=0.2', '-c:a', 'aac');
  const whole = readFileSync(paths.get('flipping-a-pancake.mkv')!);
  const files = new Map<string, Uint8Array>([
    ...[...paths].map(([name, path]) => [`/${name}`, readFileSync(path)] as const),
    ['/random.mp4', Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)],
    ['/empty.mp4', new Uint8Array()],
    ['/cut.mkv', whole.subarray(0, 250_000)],
    ['/no-index.mp4', readFileSync(paths.get('arm-wrestling.mp4')!).subarray(0, 300_000)],
    ['/count.mp4', withWord('five-frames.mp4', 'stts', 8, 0xffffff)],
    ['/length.mp4', withWord('five-frames.mp4', 'stsc', -4, 8)],
    ['/mpeg4.avi', readFileSync(at(`${MEDIA}archery.avi`))],
    ['/videos.html', html('<script type="module" src="/page.js"></script>')],
  ]);
  const { outputFiles } = await build({
    entryPoints: { page: at('browser/video-page.ts') },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@slowfast/source'],
    outdir: '/',
    write: false,
  });
  // Nothing of Node is in what a bundler takes.
  expect(outputFiles[0]!.text).not.toContain('node:worker_threads');
  files.set('/page.js', outputFiles[0]!.contents);
  server = await serve(files);
  browser = await openBrowser(scratch, [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--enable-precise-memory-info',
    '--js-flags=--expose-gc',
  ]);
  page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/videos.html`, { waitUntil: 'load' });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

function make(name: string, ...options: readonly string[]): void {
  const path = join(scratch, name);
  execFileSync(ffmpeg, ['-v', 'error', ...options, path]);
  paths.set(name, path);
}

/** A sample with another word so many bytes from the name of a box. */
function withWord(name: string, box: string, offset: number, word: number): Uint8Array {
  const bytes = readFileSync(at(MEDIA + name));
  bytes.writeUInt32BE(word, bytes.lastIndexOf(box) + offset);
  return bytes;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

test.each([
  'arm-wrestling.mp4',
  'flipping-a-pancake.mkv',
  'variable-frame-rate.mp4',
  'vp8.webm',
  'vp9.webm',
  'pictures.ts',
  'full.mp4',
  'turned.mov',
])('%s: info, times and pixels are those of Node', async (name) => {
  const indices = [0, 7, 18];
  const actual = await page.evaluate(([path, at]) => videos.open(path, at), [
    `/${name}`,
    indices,
  ] as const);
  await using video = await openVideo(paths.get(name)!);
  const { info, timeline, warnings } = video;
  expect({ ...actual.info, decoder: '', framesFrom: '' }).toEqual({
    ...info,
    ...{ decoder: '', framesFrom: '' },
    averageFps: expect.closeTo(info.averageFps, 2),
    duration: expect.closeTo(info.duration, 2),
    fps: expect.closeTo(info.fps, 3),
  });
  expect(actual.pts).toHaveLength(timeline.frames);
  expect(actual.start).toBeCloseTo(timeline.start, 3);
  // The shape of pixels is of fewer digits.
  const texts = (sentences: readonly string[]): string[] =>
    sentences.map((text) => text.replace(/\d\.\d+:1/, ''));
  expect(texts(actual.warnings)).toEqual(texts(warnings));
  let i = 0;
  for await (const { index, time, lost, data } of video.frames({ indices })) {
    const frame = actual.frames[i++]!;
    expect(frame).toMatchObject({ index, lost, time: expect.closeTo(time, 4) });
    const pixels = bytesOf(frame.data);
    expect(pixels).toHaveLength(data.length);
    expect(data.reduce((most, level, k) => Math.max(most, Math.abs(level - pixels[k]!)), 0)).toBe(
      0,
    );
  }
  expect(i).toBe(indices.length);
});

test('views are those of Node', async () => {
  const { preprocessing } = catalogModel('slowfast-4x16-r50');
  const text = await page.evaluate(([path, how]) => videos.view(path, how), [
    '/arm-wrestling.mp4',
    preprocessing,
  ] as const);
  const actual = new Float32Array(bytesOf(text).buffer);
  await using video = await openVideo(paths.get('arm-wrestling.mp4')!);
  for await (const { tensor } of views(video, preprocessing, { clips: 1, crops: 1 })) {
    expect(actual).toHaveLength(tensor.data.length);
    expect(tensor.data.reduce((most, v, k) => Math.max(most, Math.abs(v - actual[k]!)), 0)).toBe(0);
  }
});

test.each([
  [
    '/random.mp4',
    /^MediaError: random\.mp4: expected a video in a container such as MP4, MKV, WebM or AVI, received data that cannot be read as one \(no container/,
  ],
  [
    '/no-index.mp4',
    /^MediaError: no-index\.mp4: expected a video in a container .* \(its index is missing/,
  ],
  ['/count.mp4', /data that cannot be read as one \(its index contradicts itself\)\. Check that/],
  ['/length.mp4', /data that cannot be read as one \(its index contradicts itself\)\. Check that/],
  ['/empty.mp4', /^MediaError: empty\.mp4: expected a video file, received an empty file\./],
  [
    '/sound.mp4',
    /^MediaError: sound\.mp4: expected a file with a video stream, received a file without one \(container mov,mp4/,
  ],
  ['/mpeg4.avi', /^MediaError: mpeg4\.avi: expected a video in a container/],
] as const)('%s is refused', async (path, message) => {
  expect(await page.evaluate((name) => videos.failure(name), path)).toMatch(message);
});

test('limits, and truncation', async () => {
  const failure = (path: string, options: object): Promise<string> =>
    page.evaluate(([name, how]) => videos.failure(name, how), [path, options] as const);
  expect(await failure('/vp9.webm', { maxPixels: 100 })).toContain(
    'expected frames of at most 100 pixels, received frames of 192x128',
  );
  expect(await failure('/vp9.webm', { maxFrames: 5 })).toContain('expected at most 5 frames');
  expect(await failure('/vp9.webm', { decoder: 'ffmpeg' })).toContain('works in Node alone');
  expect(await failure('/cut.mkv', { strict: true })).toContain('received a truncated one');
});

test('of a truncated file what decodes is used', async () => {
  const actual = await page.evaluate(() => videos.open('/cut.mkv', [0, 100]));
  const path = join(scratch, 'cut.mkv');
  writeFileSync(path, readFileSync(paths.get('flipping-a-pancake.mkv')!).subarray(0, 250_000));
  await using video = await openVideo(path);
  expect(actual.info).toMatchObject({ truncated: true, framesFrom: 'decoded' });
  // The browser's reader leaves out the last cluster, which is cut.
  expect(actual.info.frames).toBeLessThanOrEqual(video.info.frames);
  expect(actual.info.frames).toBeGreaterThan(0.8 * video.info.frames);
  expect(actual.warnings[0]).toMatch(
    /^The file is truncated: \d+ frames decode \(the first \d\.\d{3} of 10\.381 seconds\)\.$/,
  );
  expect(actual.frames.map(({ index }) => index)).toEqual([0, 100]);
});

test('an aborted decoding throws the reason', async () => {
  expect(await page.evaluate(() => videos.abort('/arm-wrestling.mp4'))).toEqual({
    frames: 1,
    reason: 'enough',
  });
});

test('a camera and an element give frames as they play', async () => {
  const { times, sizes } = await page.evaluate(() => videos.camera(5));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(sizes)).toEqual(new Set(['640x480x3']));
  const element = await page.evaluate(() => videos.element('/vp9.webm'));
  expect(element.size).toBe('192x128');
  expect(element.frames).toBeGreaterThan(3);
  expect(element.mean).toBeGreaterThan(20);
});

test('a camera gives clips', async () => {
  const { preprocessing } = catalogModel('slowfast-4x16-r50');
  const clip = { ...preprocessing, clip: { frames: 4, stride: 2, fps: 30 }, resize: 64, crop: 64 };
  expect(await page.evaluate((how) => videos.clip(how), clip)).toEqual([1, 3, 4, 64, 64]);
});

test('a page without WebCodecs says so', async () => {
  const plain = await browser.newPage();
  await plain.addInitScript(() => Reflect.deleteProperty(globalThis, 'VideoDecoder'));
  await plain.goto(page.url(), { waitUntil: 'load' });
  expect(await plain.evaluate(() => videos.failure('/vp9.webm'))).toBe(
    'MediaError: vp9.webm: expected a browser with WebCodecs (VideoDecoder), received one without. Serve the page by HTTPS or from localhost, to Chrome or Edge 94, Safari 16.4, Firefox 130 or later.',
  );
  await plain.close();
});

test('videos one after another do not fill memory', async () => {
  const used = (): Promise<number> =>
    page.evaluate(async () => {
      for (let i = 0; i < 10; i++) await videos.open('/arm-wrestling.mp4', [0, 40]);
      (globalThis as unknown as { gc(): void }).gc();
      const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } };
      return memory.usedJSHeapSize;
    });
  const before = await used();
  const after = await used();
  expect(after - before).toBeLessThan(4 * 2 ** 20);
});

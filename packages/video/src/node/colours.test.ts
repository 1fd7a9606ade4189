/** Colour bars (SMPTE) of every usual matrix and range, on both decoders: what PyAV 12.3 and 16.0 make of them. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { openVideo } from '../index.js';

const original = { ...process.env };
const installed = (name: string): string =>
  (createRequire(import.meta.url)(name) as { readonly path: string }).path;

beforeAll(() => {
  process.env['FFMPEG_PATH'] ??= installed('@ffmpeg-installer/ffmpeg');
  process.env['FFPROBE_PATH'] ??= installed('@ffprobe-installer/ffprobe');
});
afterAll(() => {
  for (const name of ['FFMPEG_PATH', 'FFPROBE_PATH']) {
    if (original[name] === undefined) Reflect.deleteProperty(process.env, name);
  }
});

// R, G, B of the grey, yellow, green and red bar. The range is that of the stream, the matrix always BT.601.
const BARS: Record<string, readonly (readonly number[])[]> = {
  'smpte170m-tv': [
    [190, 190, 190],
    [192, 190, 0],
    [0, 188, 0],
    [191, 0, 0],
  ],
  'smpte170m-pc': [
    [191, 191, 191],
    [191, 192, 0],
    [0, 191, 0],
    [190, 0, 0],
  ],
  'bt709-tv': [
    [187, 189, 189],
    [187, 200, 5],
    [11, 219, 3],
    [171, 0, 0],
  ],
  'bt709-pc': [
    [188, 190, 188],
    [189, 203, 6],
    [13, 220, 4],
    [174, 0, 2],
  ],
  'bt2020nc-tv': [
    [187, 189, 189],
    [189, 204, 8],
    [4, 210, 4],
    [182, 0, 1],
  ],
  'bt2020nc-pc': [
    [188, 190, 188],
    [190, 206, 8],
    [5, 212, 6],
    [183, 0, 2],
  ],
};

for (const decoder of ['node-av', 'ffmpeg'] as const) {
  test.each(Object.entries(BARS))(`${decoder}: %s`, async (name, expected) => {
    const path = fileURLToPath(new URL(`../cases/colours/${name}.mp4`, import.meta.url));
    await using video = await openVideo(path, { decoder });
    for await (const { data, width } of video.frames({ indices: [0] })) {
      const pixels = [4, 13, 32, 50].map((x) => [
        ...data.subarray(3 * (10 * width + x)).slice(0, 3),
      ]);
      expect(pixels).toEqual(expected);
    }
  });
}

/** Planes as FFmpeg stores them, through our conversion and through the decoder's. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVideo } from '../index.js';
import { rgbOfYuv, type Plane } from './yuv.js';

const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const folder = mkdtempSync(join(tmpdir(), 'slowfast-yuv-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A picture of all colours, moving, as a lossless video and as its bytes. */
function picture(format: string, width: number, height: number, range: string, depth: number) {
  const path = join(folder, `${format}-${width}x${height}.mkv`);
  // Only 4:4:4 can be cut to odd sizes.
  const cut = `crop=${width}:${height}:exact=1`;
  const filters = `format=yuv444p,${cut},scale=out_range=${range},format=${format}`;
  const source = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=192x128:d=0.04', '-vf', filters];
  const codec = [
    '-color_range',
    range,
    ...(depth > 8 || (width | height) & 1 ? ['-c:v', 'ffv1'] : ['-c:v', 'libx264', '-qp', '0']),
  ];
  execFileSync(ffmpeg, [...source, ...codec, path]);
  const raw = ['-v', 'error', '-i', path, '-pix_fmt', format, '-f', 'rawvideo', '-'];
  return { path, bytes: execFileSync(ffmpeg, raw, { maxBuffer: 1e8 }) };
}

test.each([
  ['yuv420p', [1, 1], 8, 128, 96, 'tv', 0],
  ['yuvj420p', [1, 1], 8, 130, 98, 'pc', 0],
  ['yuv422p', [1, 0], 8, 128, 96, 'tv', 0],
  ['yuv444p', [0, 0], 8, 128, 96, 'tv', 1],
  ['yuv420p', [1, 1], 8, 127, 96, 'tv', 1],
  ['yuv420p', [1, 1], 8, 128, 97, 'tv', 2],
  ['yuv420p10le', [1, 1], 10, 128, 96, 'tv', 3],
] as const)('%s %j', async (format, chromaShift, depth, width, height, range, most) => {
  const { path, bytes } = picture(format, width, height, range, depth);
  const bytesEach = depth > 8 ? 2 : 1;
  let at = 0;
  const plane = (columns: number, rows: number): Plane => {
    const part = Uint8Array.from(bytes.subarray(at, (at += columns * rows * bytesEach)));
    return { samples: depth > 8 ? new Uint16Array(part.buffer) : part, stride: columns };
  };
  const [columns, rows] = [
    (width + (1 << chromaShift[0]) - 1) >> chromaShift[0],
    (height + (1 << chromaShift[1]) - 1) >> chromaShift[1],
  ];
  const [y, u, v] = [plane(width, height), plane(columns, rows), plane(columns, rows)];
  const rgb = rgbOfYuv({
    ...{ width, height, y, u, v, chromaShift, depth, fullRange: range === 'pc' },
  });
  await using video = await openVideo(path);
  for await (const { data } of video.frames()) {
    const differences = data.map((level, i) => Math.abs(level - rgb[i]!));
    expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(most);
  }
});

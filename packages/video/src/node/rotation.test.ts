import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openVideo, type OpenOptions, type VideoFrame, type VideoInfo } from '../index.js';

const MEDIA = fileURLToPath(new URL('../../../../examples/media/five-frames.mp4', import.meta.url));
const ONE = 1 << 16;

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-rotation-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The sample with another display matrix in its track header. */
async function turned(name: string, a: number, b: number, c: number, d: number): Promise<string> {
  const bytes = await readFile(MEDIA);
  const matrix = bytes.indexOf('tkhd') + 4 + 40;
  [a, b, 0, c, d, 0, 0, 0].forEach((value, i) => bytes.writeInt32BE(value * ONE, matrix + 4 * i));
  const path = join(folder, `${name}.mp4`);
  await writeFile(path, bytes);
  return path;
}

async function first(
  path: string,
  options?: OpenOptions,
): Promise<{ info: VideoInfo; frame: VideoFrame }> {
  const video = await openVideo(path, options);
  for await (const frame of video.frames()) return { info: video.info, frame };
  throw new Error('no frame');
}

const pixel = ({ width, data }: VideoFrame, x: number, y: number): number[] => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

// Where the coded pixel (x, y) is shown, for a coded frame of 340 by 256.
const CASES = [
  ['quarter', [0, 1, -1, 0], 90, (x: number, y: number) => [255 - y, x]],
  ['half', [-1, 0, 0, -1], 180, (x: number, y: number) => [339 - x, 255 - y]],
  ['three-quarters', [0, -1, 1, 0], 270, (x: number, y: number) => [y, 339 - x]],
  ['mirrored', [-1, 0, 0, 1], 0, (x: number, y: number) => [339 - x, y]],
] as const;

for (const [name, [a, b, c, d], degrees, shown] of CASES) {
  test(`a ${name} turn is applied, or ignored if asked`, async () => {
    const path = await turned(name, a, b, c, d);
    const coded = (await first(MEDIA)).frame;
    const { info, frame } = await first(path);
    const upright = degrees === 0 || degrees === 180;
    const size = upright ? { width: 340, height: 256 } : { width: 256, height: 340 };
    expect(info).toMatchObject({ rotation: degrees, ...size });
    expect(frame).toMatchObject(size);
    for (let y = 0; y < 256; y += 15) {
      for (let x = 0; x < 340; x += 17) {
        const [u, v] = shown(x, y) as [number, number];
        expect(pixel(frame, u, v)).toEqual(pixel(coded, x, y));
      }
    }
    const ignored = await first(path, { rotation: 'ignore' });
    expect(ignored.info).toMatchObject({ rotation: degrees, width: 340, height: 256 });
    expect(ignored.frame.data).toEqual(coded.data);
  });
}

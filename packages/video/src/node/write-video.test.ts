import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVideo, writeVideo, type RgbImage } from '../index.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-write-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const [WIDTH, HEIGHT, FRAMES] = [65, 48, 12];

/** Frames of one colour each, brighter from frame to frame, with a white square. */
async function* pictures(fail = false): AsyncGenerator<RgbImage> {
  for (let i = 0; i < FRAMES; i++) {
    if (fail && i === 5) throw new Error('no more');
    const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(20 + 10 * i);
    for (let y = 8; y < 24; y++) data.fill(255, 3 * (y * WIDTH + 16), 3 * (y * WIDTH + 32));
    yield { width: WIDTH, height: HEIGHT, data };
  }
}

describe('writeVideo', () => {
  it.each([
    ['out.mp4', 'h264'],
    ['out.webm', 'vp9'],
  ])('%s decodes to the frames that went in', async (name, codec) => {
    const path = join(folder, name);
    await writeVideo(path, pictures(), { width: WIDTH, height: HEIGHT, fps: 25 });
    expect(await readdir(folder)).toEqual([name]);
    await using video = await openVideo(path);
    expect(video.info).toMatchObject({ width: 64, height: HEIGHT, codec, frames: FRAMES, fps: 25 });
    for await (const { index, data } of video.frames()) {
      const at = (x: number, y: number): number => data[3 * (y * 64 + x)]!;
      expect(Math.abs(at(50, 40) - (20 + 10 * index))).toBeLessThan(12);
      expect(at(24, 16)).toBeGreaterThan(230);
    }
  });

  it('leaves nothing behind when frames fail or it is stopped', async () => {
    const path = join(folder, 'out.mp4');
    const size = { width: WIDTH, height: HEIGHT, fps: 25 };
    await expect(writeVideo(path, pictures(true), size)).rejects.toThrow('no more');
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(writeVideo(path, pictures(), { ...size, signal })).rejects.toThrow('stop');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['out.avi', "out.avi: expected a name ending with .mp4 or .webm, received '.avi'."],
    ['none/out.mp4', /out\.mp4: expected frames that libx264 can write, received No such file/],
  ])('refuses %s', async (name, message) => {
    const path = name === 'out.avi' ? name : join(folder, name);
    const written = writeVideo(path, pictures(), { width: WIDTH, height: HEIGHT, fps: 25 });
    await expect(written).rejects.toThrow(message);
  });
});

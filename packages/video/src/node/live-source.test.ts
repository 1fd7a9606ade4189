import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { liveFrames, openVideo } from '../index.js';
import { PpmReader } from './ppm.js';

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/arm-wrestling.mp4', import.meta.url),
);
/** The ffmpeg that FFMPEG_PATH names, else the one that npm installs for tests. */
const given = process.env['FFMPEG_PATH'];
beforeAll(() => {
  const { path } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };
  process.env['FFMPEG_PATH'] = given ?? path;
});
afterAll(() => {
  if (given === undefined) Reflect.deleteProperty(process.env, 'FFMPEG_PATH');
});

const picture = (width: number, height: number, level: number): Uint8Array =>
  Uint8Array.from([
    ...new TextEncoder().encode(`P6\n${width} ${height}\n255\n`),
    ...new Array<number>(3 * width * height).fill(level),
  ]);

describe('PpmReader', () => {
  it('cuts pictures of any size out of pieces of any length', () => {
    const stream = Buffer.concat([picture(3, 2, 7), picture(5, 4, 10), picture(1, 1, 80)]);
    for (const length of [1, 2, 7, 30, 200]) {
      const reader = new PpmReader('test');
      const seen: unknown[] = [];
      for (let at = 0; at < stream.length; at += length) {
        for (const { width, height, data } of reader.add(stream.subarray(at, at + length))) {
          seen.push([width, height, data.length, data[0], data.at(-1)]);
        }
      }
      expect(seen).toEqual([
        [3, 2, 18, 7, 7],
        [5, 4, 60, 10, 10],
        [1, 1, 3, 80, 80],
      ]);
    }
  });

  it('refuses other bytes', () => {
    const read = (text: string) => [...new PpmReader('pipe').add(new TextEncoder().encode(text))];
    expect(() => read('GIF89a')).toThrow(/^pipe: expected pictures of at most \d+ pixels/);
    expect(() => read('P6\n99999 99999\n255\n')).toThrow('received "P6\\n99999 99999\\n255\\n".');
  });
});

describe('liveFrames', () => {
  it('plays what ffmpeg can play, with ascending times', async () => {
    await using video = await openVideo(VIDEO);
    const { width, height } = video.info;
    const times: number[] = [];
    for await (const frame of liveFrames(VIDEO)) {
      expect([frame.width, frame.height, frame.data.length]).toEqual([
        width,
        height,
        3 * width * height,
      ]);
      times.push(frame.time);
      if (times.length === 20) break;
    }
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('says what cannot be played', async () => {
    await expect(liveFrames('/nowhere/camera', { format: 'no-format' }).next()).rejects.toThrow(
      /^\/nowhere\/camera: expected a stream or device that ffmpeg can play, received /,
    );
  });
});

import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
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

/** A server for one test. */
async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Frames until the source ends, and why it failed, if it did. */
async function played(source: string, options: Parameters<typeof liveFrames>[1] = {}) {
  let frames = 0;
  try {
    for await (const frame of liveFrames(source, options)) frames += frame.width > 0 ? 1 : 0;
    return { frames, error: '' };
  } catch (error) {
    return { frames, error: (error as Error).message };
  }
}

describe('a remote source', () => {
  const AVI = fileURLToPath(new URL('../../../../examples/media/archery.avi', import.meta.url));
  const playlist = (...urls: string[]): string =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:9\n${urls.map((url) => `#EXTINF:9,\n${url}\n`).join('')}#EXT-X-ENDLIST\n`;

  it('plays to its end, a redirect to the same place included', async () => {
    const bytes = await readFile(AVI);
    await using server = await serving(({ url }, response) => {
      if (url === '/moved') response.writeHead(302, { location: '/clip.avi' }).end();
      else response.end(bytes);
    });
    await using video = await openVideo(AVI);
    const { frames, error } = await played(`${server.url}/moved`);
    expect(error).toBe('');
    expect(frames).toBeGreaterThanOrEqual(video.info.frames - 1);
  });

  it('says why it does not play: the first reason, not the last', async () => {
    await using server = await serving((_, response) => void response.writeHead(404).end());
    const { error } = await played(`${server.url}/clip.avi`);
    expect(error).toMatch(/received .*404 Not Found\. /);
    // The port of a server that is gone.
    let url: string;
    {
      await using gone = await serving(() => undefined);
      ({ url } = gone);
    }
    expect((await played(`${url}/clip.avi`)).error).toContain(
      'received a source that cannot be reached (ECONNREFUSED).',
    );
  });

  it('reaches no other port, host or file by a playlist, unless it may', async () => {
    const bytes = await readFile(AVI);
    let requests = 0;
    await using other = await serving((_, response) => {
      requests += 1;
      response.end(bytes);
    });
    await using server = await serving(({ url }, response) => {
      if (url === '/moved') response.writeHead(302, { location: `${other.url}/clip.avi` }).end();
      else if (url === '/file.m3u8') response.end(playlist(`file://${AVI}`));
      else response.end(playlist(`${other.url}/clip.avi`));
    });
    for (const path of ['/moved', '/list.m3u8', '/file.m3u8']) {
      const { frames, error } = await played(server.url + path);
      expect({ path, frames, requests }).toEqual({ path, frames: 0, requests: 0 });
      if (path !== '/file.m3u8')
        expect(error).toContain(`a request for ${new URL(other.url).host}`);
    }
    const { frames } = await played(`${server.url}/moved`, { protocols: ['http', 'tcp'] });
    expect(frames).toBeGreaterThan(0);
  });

  it('that dies while it plays is told from one that ends', async () => {
    const bytes = await readFile(AVI);
    await using server = await serving((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    });
    const { error } = await played(`${server.url}/clip.avi`);
    expect(error).toContain(
      `${server.url}/clip.avi: expected a source that ends by itself, received`,
    );
  });

  it('that sends nothing more is given up', async () => {
    await using server = await serving(() => undefined);
    const { error } = await played(`${server.url}/clip.avi`, { timeout: 0.5 });
    expect(error).toContain('expected frames, received none in 0.5 s.');
  });
});

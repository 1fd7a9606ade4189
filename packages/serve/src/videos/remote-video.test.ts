/** @file Videos by URL. Where a test needs a public host, 127.0.0.1 stands for one, and 127.0.0.2 for a private address. */
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { remoteVideo, type Lookup, type RemoteVideos } from './remote-video.js';

const PUBLIC = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server of videos, by the address that stands for what the test says. */
async function host(listener: RequestListener, address = PUBLIC): Promise<number> {
  const server = createServer(listener).listen(0, address);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const spools = async (): Promise<number> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('slowfast-serve-')).length;

const fetched = async (url: string, remote: Partial<RemoteVideos> = {}, maxBytes = 1000) => {
  const settings = { hosts: ['*'], isAllowedAddress: (a: string) => a === PUBLIC, ...remote };
  const signal = AbortSignal.timeout(5000);
  return remoteVideo(url, settings, { maxBytes, silence: 300, signal });
};

const failure = async (...args: Parameters<typeof fetched>): Promise<readonly unknown[]> => {
  const before = await spools();
  const error = await fetched(...args).then(
    () => ({ status: 200, message: '' }),
    (error: { status: number; message: string }) => error,
  );
  // Nothing is left of what was not taken.
  expect(await spools()).toBeLessThanOrEqual(before);
  return [error.status, error.message.replace(/:\d{4,5}\b/g, ':PORT')];
};

test('a video is fetched, also after a redirect, and its file is gone with it', async () => {
  const port = await host((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/video' }).end();
    else response.end('the video');
  });
  const file = await fetched(`http://${PUBLIC}:${port}/moved`);
  expect(await readFile(file.path, 'utf8')).toBe('the video');
  await file[Symbol.asyncDispose]();
  await expect(readFile(file.path)).rejects.toThrow('ENOENT');
});

test.each([
  [
    'file:///etc/passwd',
    'url: expected an address that begins with https://, received file:///etc/passwd.',
  ],
  ['ftp://x/y', 'url: expected an address that begins with https://, received ftp://x/y.'],
  ['/etc/passwd', 'url: expected an address that begins with https://, received /etc/passwd.'],
  [
    'https://user:word@example.com/',
    'url: expected an address that begins with https://, received https://user:word@example.com/.',
  ],
  ...['http://127.0.0.2/', 'http://[::1]/', 'http://[::ffff:127.0.0.2]/', 'http://2130706434/'].map(
    (url) => [url, 'url: expected a host at a public address, received one at a private address.'],
  ),
])('%s is refused', async (url, message) => {
  expect(await failure(url)).toEqual([403, message]);
});

test('hosts that are not allowed, and none where URLs are off', async () => {
  expect(await failure('https://other.com/v.mp4', { hosts: ['videos.com'] })).toEqual([
    403,
    'url: expected videos.com, received other.com.',
  ]);
  expect(await failure('https://other.com/v.mp4', { hosts: [] })).toEqual([
    403,
    'url: expected a video as the body: URLs are off, received other.com.',
  ]);
});

test('a name that leads to a private address, now or a moment later', async () => {
  let asked = 0;
  const port = await host(() => (asked += 1), '127.0.0.2');
  const lead =
    (...addresses: string[]): Lookup =>
    (_name, done) =>
      done(null, [
        { address: addresses.length > 1 ? addresses.shift()! : addresses[0]!, family: 4 },
      ]);
  const url = `http://rebound.example:${port}/`;
  expect(await failure(url, { lookup: lead('127.0.0.2') })).toEqual([
    403,
    'url: expected a host at a public address, received one at a private address.',
  ]);
  // The first look-up says a public one; what is connected to is what is checked, and nothing is looked up twice.
  expect((await failure(url, { lookup: lead(PUBLIC, '127.0.0.2') }))[0]).toBe(422);
  expect(asked).toBe(0);
});

test('redirects to private addresses, other schemes, or without end', async () => {
  let asked = 0;
  const inner = await host(() => (asked += 1), '127.0.0.2');
  const places: Record<string, string> = {
    '/private': `http://127.0.0.2:${inner}/`,
    '/file': 'file:///etc/passwd',
    '/round': '/round',
    '/unlisted': 'http://unlisted.example/',
  };
  const port = await host((request, response) => {
    response.writeHead(302, { location: places[request.url!] }).end();
  });
  const from = (path: string, remote = {}) => failure(`http://${PUBLIC}:${port}${path}`, remote);
  expect(await from('/private')).toEqual([
    403,
    'url: expected a host at a public address, received one at a private address.',
  ]);
  expect(await from('/file')).toEqual([
    403,
    'url: expected a redirect that stays with http://, received file:///etc/passwd.',
  ]);
  expect(await from('/round')).toEqual([422, 'url: expected at most 5 redirects, received more.']);
  expect(await from('/unlisted', { hosts: [`${PUBLIC}:${port}`] })).toEqual([
    403,
    `url: expected ${PUBLIC}:PORT, received unlisted.example.`,
  ]);
  expect(asked).toBe(0);
});

test('what is too large, compressed, broken off, silent, empty, or not there', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  const port = await host(({ url }, response) => {
    if (url === '/declared') response.writeHead(200, { 'content-length': '2000' }).write('x');
    if (url === '/endless') {
      const timer = setInterval(() => response.write('x'.repeat(600)), 1);
      response.on('close', () => clearInterval(timer));
    }
    if (url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    if (url === '/cut') {
      response.writeHead(200, { 'content-length': '500' }).write('x');
      setTimeout(() => response.destroy(), 20);
    }
    if (url === '/silent') response.writeHead(200).write('x');
    if (url === '/empty') response.end();
    if (url === '/missing') response.writeHead(404).end();
  });
  const from = (path: string) => failure(`http://${PUBLIC}:${port}${path}`);
  expect(await from('/declared')).toEqual([
    413,
    'video: expected at most 1000 bytes, received 2000.',
  ]);
  expect(await from('/endless')).toEqual([
    413,
    'video: expected at most 1000 bytes, received more.',
  ]);
  expect(await from('/bomb')).toEqual([
    422,
    'url: expected bytes as they are, received content-encoding gzip.',
  ]);
  expect(await from('/cut')).toEqual([422, 'url: expected a whole file, received aborted.']);
  expect((await from('/silent'))[0]).toBe(408);
  expect((await from('/empty'))[0]).toBe(400);
  expect(await from('/missing')).toEqual([422, 'url: expected status 200, received status 404.']);
});

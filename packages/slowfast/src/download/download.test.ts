/** @file Downloads from a server that does what servers do: ranges, failures, lies. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download, type DownloadOptions } from './download.js';

const CONTENT = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;
let server: Server;
let folder: string;
let path: string;
let handler: Handler;
let requests: { range: string | undefined; authorization: string | undefined }[];

beforeEach(async () => {
  requests = [];
  handler = whole;
  server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ range, authorization });
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'slowfast-download-'));
  path = join(folder, 'w.pyth');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const at = (name = 'w.pyth'): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const get = (options: DownloadOptions = {}, name?: string) =>
  download(at(name), path, { backoff: 1, retries: 3, ...options });

/** Serves the content, or the range of it that is asked for. */
const whole: Handler = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const version = { etag: '"v1"', 'accept-ranges': 'bytes' };
  if (from === 0) response.writeHead(200, { ...version, 'content-length': CONTENT.length });
  else {
    const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
    response.writeHead(206, {
      ...version,
      'content-range': range,
      'content-length': CONTENT.length - from,
    });
  }
  response.end(CONTENT.subarray(from));
};

/** Announces the whole content, sends so many bytes of what was asked for, and drops the connection. */
const dropAfter =
  (bytes: number): Handler =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"v1"',
      'content-length': CONTENT.length - from,
      ...(from > 0 ? { 'content-range': range } : {}),
    });
    response.write(CONTENT.subarray(from, from + bytes), () => response.destroy());
  };

test('a file arrives whole, with its hash, and with progress', async () => {
  const progress: number[] = [];
  const result = await get({
    onProgress: (done: number, total: number) => void progress.push(done, total),
  });
  expect(result).toEqual({ sha256: SHA256, size: CONTENT.length });
  expect(new Uint8Array(await readFile(path))).toEqual(CONTENT);
  expect(progress.slice(-2)).toEqual([CONTENT.length, CONTENT.length]);
  expect(await readdir(folder)).toEqual(['w.pyth']);
});

test.each([0, 1, 511, 65_535, 65_536, 299_999])(
  'broken off after %i bytes it is gone on with',
  async (bytes) => {
    handler = (request, response, count) =>
      (count === 1 ? dropAfter(bytes) : whole)(request, response, count);
    expect(await get({ sha256: SHA256 })).toEqual({ sha256: SHA256, size: CONTENT.length });
    expect(new Uint8Array(await readFile(path))).toEqual(CONTENT);
    expect(requests).toHaveLength(2);
    if (bytes > 60_000) expect(requests[1]!.range).toMatch(/^bytes=\d+-$/);
  },
);

test('a later process goes on with what an earlier one has', async () => {
  handler = dropAfter(100_000);
  await expect(get({ retries: 0 })).rejects.toThrow('What has arrived is kept');
  handler = whole;
  await get({ sha256: SHA256 });
  expect(requests.at(-1)!.range).toMatch(/^bytes=\d{5,6}-$/);
});

test('a file that was exchanged meanwhile is fetched anew', async () => {
  handler = dropAfter(100_000);
  await expect(get({ retries: 0 })).rejects.toThrow('What has arrived is kept');
  // Another version: `If-Range` does not fit, so that the answer is the whole.
  handler = (_, response) => {
    response.writeHead(200, { etag: '"v2"', 'content-length': 5 });
    response.end('fresh');
  };
  expect((await get()).size).toBe(5);
  expect(await readFile(path, 'utf8')).toBe('fresh');
});

test('a server without ranges begins anew', async () => {
  handler = (request, response, count) => {
    if (count === 1) return dropAfter(100_000)(request, response, count);
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.end(CONTENT);
  };
  expect((await get({ sha256: SHA256 })).size).toBe(CONTENT.length);
});

test.each([429, 500, 503])('status %i is tried again', async (status) => {
  handler = (request, response, count) => {
    if (count > 2) return whole(request, response, count);
    response.writeHead(status, { 'retry-after': '0' }).end();
  };
  await get({ sha256: SHA256 });
  expect(requests).toHaveLength(3);
});

const page = '<!DOCTYPE html><html><title>Sign in</title>';
test.each<readonly [string, Handler, DownloadOptions, string]>([
  ['404', (_, r) => r.writeHead(404).end(), {}, 'expected the file, received status 404'],
  ['403', (_, r) => r.writeHead(403).end(), {}, 'It needs permission'],
  ['a busy server', (_, r) => r.writeHead(503).end(), {}, 'received status 503, 4 times'],
  [
    'a page',
    (_, r) => r.writeHead(200).end(page),
    {},
    'expected a file of weights, received a web page',
  ],
  [
    'a pointer',
    (_, r) => r.writeHead(200).end('version https://git-lfs.github.com/spec/v1\noid sha256:1\n'),
    {},
    'received a Git LFS pointer',
  ],
  [
    'another hash',
    whole,
    { sha256: '00'.repeat(32) },
    `a file with the SHA-256 ${'00'.repeat(32)}`,
  ],
  [
    'another length',
    whole,
    { size: 299_999 },
    'the 299999 bytes of the published file, received 300000',
  ],
  [
    'too long a file',
    whole,
    { maxBytes: 1000 },
    'expected at most 1000 bytes, received 300000 bytes announced',
  ],
  [
    'more than was announced',
    (_, r) => {
      r.writeHead(206, { 'content-range': 'bytes 0-99/100' });
      r.end(CONTENT);
    },
    {},
    'expected the 100 bytes that were announced, received more',
  ],
  [
    'a redirect out of the web',
    (_, r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    {},
    'expected a redirect that stays with http://',
  ],
  [
    'silence',
    (_, r) => r.writeHead(200, { 'content-length': 10 }).write('a'),
    { silence: 50, retries: 0 },
    'no byte for 0.05 s',
  ],
])('%s is refused, and nothing takes the file’s place', async (_, answer, options, message) => {
  handler = answer;
  await expect(get(options)).rejects.toThrow(message);
  expect((await readdir(folder)).filter((name) => !name.includes('.part'))).toEqual([]);
});

test('a token goes to its own host alone', async () => {
  const other = createServer((request, response) => {
    requests.push({ range: 'other', authorization: request.headers.authorization });
    response.end('weights');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  handler = (_, response) =>
    response.writeHead(302, { location: `http://localhost:${port}/x` }).end();
  await get({ token: 'secret' });
  expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined]);
  other.closeAllConnections();
  await new Promise((resolve) => other.close(resolve));
});

test('an abort keeps what has arrived', async () => {
  const stop = new AbortController();
  handler = (_, response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 100_000), () =>
      setTimeout(() => stop.abort(new Error('stop')), 50),
    );
  };
  await expect(get({ signal: stop.signal })).rejects.toThrow('stop');
  handler = whole;
  await get({ sha256: SHA256 });
  expect(requests.at(-1)!.range).toBe('bytes=100000-');
});

test('a part of another address is not gone on with', async () => {
  await writeFile(`${path}.part`, 'other');
  await writeFile(`${path}.part.json`, JSON.stringify({ url: at('other'), version: '"v1"' }));
  await get({ sha256: SHA256 });
  expect(requests[0]!.range).toBeUndefined();
});

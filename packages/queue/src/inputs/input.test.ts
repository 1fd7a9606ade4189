import { createHash, createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openInput } from './input.js';

const BYTES = Buffer.from('bytes of a video');
let server: Server;
let origin: string;
let requests: IncomingMessage[];
/** Statuses of answers, the last one for all after it. */
let statuses: number[];

beforeEach(async () => {
  requests = [];
  statuses = [200];
  server = createServer((request, response) => {
    requests.push(request);
    const status = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
    response.writeHead(status).end(status === 200 ? BYTES : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('a path is taken as it is, and stays', async () => {
  const file = new URL(import.meta.url).pathname;
  const input = await openInput(file);
  expect(input.path).toBe(file);
  await input[Symbol.asyncDispose]();
  expect(existsSync(file)).toBe(true);
});

it('an address is fetched, again where the server has a bad moment, and gone afterwards', async () => {
  statuses = [503, 200];
  const input = await openInput(`${origin}/folder/clip.mp4?signature=secret`);
  expect(requests).toHaveLength(2);
  expect(input.path).toMatch(/video\.mp4$/);
  expect(await readFile(input.path)).toEqual(BYTES);
  await input[Symbol.asyncDispose]();
  expect(existsSync(input.path)).toBe(false);
});

it('a video that is not there is broken; a server that refuses is no fault of the video, and no secret is told', async () => {
  const address = `${origin.replace('//', '//user:word@')}/clip.mp4?signature=secret`;
  statuses = [404];
  await expect(openInput(`${origin}/clip.mp4?signature=secret`)).rejects.toMatchObject({
    name: 'MediaError',
    message: `${origin}/clip.mp4: expected a video, received status 404.`,
  });
  statuses = [403];
  await expect(openInput(`${origin}/clip.mp4?signature=secret`)).rejects.toMatchObject({
    name: 'RuntimeError',
    message: `${origin}/clip.mp4: expected a server that gives the video, received status 403.`,
  });
  expect(requests).toHaveLength(2);
  const refused = await openInput(address).catch((error: Error) => error.message);
  expect(refused).not.toMatch(/word|secret/);
  expect(requests[2]!.headers.authorization).toBe(`Basic ${btoa('user:word')}`);
  await expect(openInput('ftp://host/clip.mp4')).rejects.toThrow('received ftp://');
});

it('ends with its signal', async () => {
  const stop = new AbortController();
  statuses = [503];
  setTimeout(() => stop.abort(new Error('stopped')), 20);
  await expect(openInput(`${origin}/clip.mp4`, { signal: stop.signal })).rejects.toThrow('stopped');
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** The signature of a request as AWS defines it (version 4), from what the server received. */
function signatureOf({ method, url, headers }: IncomingMessage, secret: string): string {
  const [, scope, names] = /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(
    headers.authorization!,
  )!;
  const list = names!.split(';');
  const canonical = [
    ...[method, url, ''],
    ...list.map((name) => `${name}:${headers[name]!}`),
    ...['', names, headers['x-amz-content-sha256']],
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope!
    .split('/')
    .reduce((before: string | Buffer, part) => hmac(before, part), `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

it('s3 addresses are signed, and need credentials from the environment', async () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'name',
    AWS_SECRET_ACCESS_KEY: 'word',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: `${origin}/`,
  };
  const input = await openInput('s3://bucket/a folder/clip.mp4', { env });
  expect(await readFile(input.path)).toEqual(BYTES);
  await input[Symbol.asyncDispose]();
  const [request] = requests;
  expect(request!.url).toBe('/bucket/a%20folder/clip.mp4');
  const { authorization } = request!.headers;
  expect(authorization).toContain('Credential=name/');
  expect(authorization).toContain('/eu-central-1/s3/aws4_request');
  expect(authorization).toContain(`Signature=${signatureOf(request!, 'word')}`);
  await expect(openInput('s3://bucket/clip.mp4', { env: {} })).rejects.toThrow(
    's3://bucket: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, received none.',
  );
});

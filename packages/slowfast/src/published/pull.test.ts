/** @file Published weights from a server, as a library: every container, what servers do wrong, two at once. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileSource } from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { openModel } from '../model/open-model.js';
import { cacheFolder, isOffline } from './cache-folder.js';
import { cachedWeights, clearWeights } from './cached-weights.js';
import { entryFolder, pullWeights, type PullSettings } from './pull.js';
import { placeOf, weightsReference } from './reference.js';

const GOLDENS = new URL('../../../checkpoints/src/goldens/checkpoints/', import.meta.url);
const FILE = 'pytorchvideo_slowfast_w2_fp16.pyth';
/** Slow 4x16 and 8x8 have the same parameters. */
const AMBIGUOUS = 'pyslowfast_slow_w2_bf16_module_prefix.pyth';
const CONTENT = await readFile(new URL(FILE, GOLDENS));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;
let server: Server;
let cache: string;
let handler: Handler;
let requests: string[];
const environment = { ...process.env };

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'slowfast-pull-'));
  process.env['SLOWFAST_CACHE'] = cache;
  delete process.env['SLOWFAST_OFFLINE'];
  delete process.env['SLOWFAST_MIRROR'];
  requests = [];
  handler = whole;
  server = createServer((request, response) => {
    requests.push(request.headers.range ?? 'whole');
    void readFile(new URL(request.url!.slice(1), GOLDENS)).then(
      (content) => handler(request, response, content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  process.env = { ...environment };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cache, { recursive: true, force: true });
});

const whole: Handler = ({ headers }, response, content) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const range = `bytes ${from}-${content.length - 1}/${content.length}`;
  response.writeHead(from > 0 ? 206 : 200, {
    etag: '"v1"',
    'content-length': content.length - from,
    ...(from > 0 ? { 'content-range': range } : {}),
  });
  response.end(content.subarray(from));
};

const at = (name = FILE): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const get = async (settings?: PullSettings, name?: string, known: object = {}) =>
  pullWeights({ ...(await weightsReference(at(name)))!, ...known }, settings);

it.each([
  'caffe2_slowfast_nln_w2.pkl',
  'pyslowfast_slowfast_w2.pyth',
  'pyslowfast_slowfast_w2_legacy.pyth',
  'pytorchvideo_slowfast_w2_fp16.pyth',
])('%s becomes safetensors with the same weights, and the original is dropped', async (name) => {
  // Two models have the parameters of the first file: the index says which it is.
  const network = { model: 'slowfast-nln-4x16-r50', options: {} };
  const isCaffe2 = name.startsWith('caffe2');
  const pulled = await get({}, name, isCaffe2 ? { network } : {});
  expect(pulled).toMatchObject({ isNew: true, verified: 'first use' });
  expect((await readdir(entryFolder(pulled))).sort()).toEqual([
    'entry.json',
    'weights.safetensors',
  ]);
  const loaded = await loadModel({ weights: await fileSource(pulled.path) });
  const direct = await loadModel({
    ...(isCaffe2 ? { model: network.model } : {}),
    weights: await fileSource(fileURLToPath(new URL(name, GOLDENS))),
  });
  expect(loaded.entry.name).toBe(direct.entry.name);
  expect(loaded.entry.preprocessing).toEqual(direct.entry.preprocessing);
  for (const { name: parameter } of direct.entry.model.graph.params.values()) {
    const ours = await loaded.weights.read(parameter);
    const theirs = await direct.weights.read(parameter);
    expect(ours.shape).toEqual(theirs.shape);
    expect(
      Buffer.compare(
        new Uint8Array(ours.data.buffer, ours.data.byteOffset, ours.data.byteLength),
        new Uint8Array(theirs.data.buffer, theirs.data.byteOffset, theirs.data.byteLength),
      ),
    ).toBe(0);
  }
  await loaded.weights.close?.();
  await direct.weights.close?.();
});

it('asks no server the second time, online and offline, and keeps the original where asked', async () => {
  const first = await get();
  expect(await get()).toEqual({ ...first, isNew: false });
  expect(await get({ offline: true })).toEqual({ ...first, isNew: false });
  expect(requests).toEqual(['whole']);
  await get({ keep: true });
  expect(await readdir(entryFolder(first))).toContain('original');
  expect((await cachedWeights()).map(({ id, isWhole }) => [id, isWhole])).toEqual([
    [first.id, true],
  ]);
  await clearWeights();
  expect(await cachedWeights()).toEqual([]);
  await expect(get({ offline: true })).rejects.toThrow(
    `${at()}: expected weights in the cache, since this is offline, received none.`,
  );
});

it('takes published weights wherever weights stand; options decide what the file leaves open', async () => {
  const { entry, weights } = await openModel({ weights: new URL(at()) });
  expect(entry.model.pathways).toHaveProperty('fast');
  await weights.close?.();
  const slow = await openModel({ weights: at(AMBIGUOUS), model: 'slow-8x8-r50' });
  expect(slow.entry.preprocessing.clip).toMatchObject({ frames: 8, stride: 8 });
  await slow.weights.close?.();
  expect((await get({}, AMBIGUOUS)).path).toMatch(/original$/);
});

// In the header, at and around the page and chunk sizes, within a byte of the end.
it.each([0, 1, 511, 65_535, 65_536, 250_000, CONTENT.length - 1])(
  'goes on after byte %d',
  async (bytes) => {
    handler = (_, response, content) => {
      handler = whole;
      response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
      response.write(content.subarray(0, bytes), () => response.socket?.destroy());
    };
    expect(await get()).toMatchObject({ sha256: SHA256, size: CONTENT.length });
    expect(requests.length).toBe(2);
  },
);

it('holds the file against a published hash, of either kind, and keeps nothing of another', async () => {
  const sha1 = createHash('sha1').update(CONTENT).digest('hex');
  expect(await get({}, FILE, { sha256: SHA256.slice(0, 8) })).toMatchObject({
    verified: 'published',
  });
  await clearWeights();
  expect(await get({}, FILE, { sha1 })).toMatchObject({ verified: 'published' });
  await clearWeights();
  await rm(join(cache, 'weights.lock.json'));
  await expect(get({}, FILE, { sha256: '00000000' })).rejects.toThrow(
    'expected a file with the SHA-256 00000000, received ' + SHA256,
  );
  await expect(get({}, FILE, { sha1: '00' })).rejects.toThrow('expected a file with the SHA-1 00');
  expect(await cachedWeights()).toEqual([]);
});

it('notices a file that changed since its first use, and takes it where told to', async () => {
  await get();
  await clearWeights();
  const other = await readFile(new URL('pyslowfast_slowfast_w2.pyth', GOLDENS));
  handler = (request, response) => whole(request, response, other);
  await expect(get()).rejects.toThrow(`expected the SHA-256 ${SHA256} of its first use`);
  expect(await cachedWeights()).toEqual([]);
  expect(await get({ update: true })).toMatchObject({ size: other.length });
  await clearWeights();
  expect(await get()).toMatchObject({ verified: 'locked', size: other.length });
});

it('takes nothing frozen that the lock file does not name, and checks what is cached against it', async () => {
  const lockFile = join(cache, 'my.lock.json');
  await expect(get({ frozen: true, lockFile })).rejects.toThrow(
    `expected an entry in ${lockFile}, received none.`,
  );
  expect(requests).toEqual([]);
  const { id, url, size } = await get({ lockFile });
  await get({ frozen: true, lockFile });
  const entry = { url, size, sha256: '0'.repeat(64) };
  await writeFile(lockFile, JSON.stringify({ version: 1, weights: { [id]: entry } }));
  await expect(get({ frozen: true, lockFile })).rejects.toThrow(
    `expected the SHA-256 ${'0'.repeat(64)}`,
  );
  await writeFile(lockFile, '{"version": 2}');
  await expect(get({ frozen: true, lockFile })).rejects.toThrow('Delete it to begin anew');
});

it('fetches once for two that want it at once', async () => {
  const pulled = await Promise.all([get(), get(), get()]);
  expect(pulled.map(({ isNew }) => isNew).sort()).toEqual([false, false, true]);
  expect(requests).toEqual(['whole']);
});

it('fetches again what is damaged in the cache, and removes what was left behind', async () => {
  const { path, url, id } = await get();
  await writeFile(path, 'short');
  await writeFile(`${path}.0a1b2c3d.tmp`, 'left by a process that was killed');
  expect(await get()).toMatchObject({ isNew: true });
  expect((await readdir(entryFolder({ id, url }))).sort()).toEqual([
    'entry.json',
    'weights.safetensors',
  ]);
});

it('ends with the signal, and goes on from there', async () => {
  const controller = new AbortController();
  handler = (_, response, content) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
    response.write(content.subarray(0, 200_000));
  };
  const reason = new Error('enough');
  const onProgress = (done: number): void => {
    if (done >= 150_000) controller.abort(reason);
  };
  await expect(get({ signal: controller.signal, onProgress })).rejects.toBe(reason);
  handler = whole;
  await get();
  expect(requests[1]).toMatch(/^bytes=(?:1[5-9]|20)\d{4}-$/);
});

it('says what is no checkpoint', async () => {
  handler = (_, response) => response.end('<!doctype html><title>Sign in</title>');
  await expect(get()).rejects.toThrow('expected a file of weights, received a web page.');
  handler = (_, response) => response.end('weights');
  await expect(get()).rejects.toMatchObject({ name: 'WeightError' });
  expect((await cachedWeights()).filter(({ isWhole }) => isWhole)).toEqual([]);
});

describe('references', () => {
  it('are names, addresses and files of the Hub', async () => {
    expect(await weightsReference('weights/slowfast.pyth')).toBeUndefined();
    expect(await weightsReference('kinetics400')).toMatchObject({
      id: 'pytorchvideo/slowfast-16x8-r101-50-50',
      network: { model: 'slowfast-16x8-r101' },
    });
    expect((await weightsReference('hf:owner/repo/a b/w.pyth'))!.url).toBe(
      'https://huggingface.co/owner/repo/resolve/main/a%20b/w.pyth',
    );
    expect((await weightsReference('hf:owner/repo@v1.0/w.pyth'))!.url).toBe(
      'https://huggingface.co/owner/repo/resolve/v1.0/w.pyth',
    );
    for (const text of ['hf:owner/w.pyth', 'hf:owner/repo/../../x', 'hf:o/r/a//b']) {
      await expect(weightsReference(text)).rejects.toThrow('expected hf:owner/repository/file');
    }
    await expect(weightsReference('paddlevideo/slowfast')).rejects.toThrow(
      'received a Paddle container, which is not read.',
    );
  });

  it('go to the mirror with their path, and a token to its host alone', () => {
    const hub = 'https://huggingface.co/o/r/resolve/main/w.pyth?download=true';
    expect(placeOf(hub, { HF_TOKEN: 't' })).toEqual({ url: hub, token: 't' });
    expect(placeOf('https://example.com/w.pyth', { HF_TOKEN: 't' })).toEqual({
      url: 'https://example.com/w.pyth',
    });
    const SLOWFAST_MIRROR = 'https://mirror.example/zoo/';
    expect(placeOf(hub, { HF_TOKEN: 't', SLOWFAST_MIRROR })).toEqual({
      url: 'https://mirror.example/zoo/o/r/resolve/main/w.pyth?download=true',
    });
    expect(() => placeOf(hub, { SLOWFAST_MIRROR: 'ftp://mirror' })).toThrow(
      'SLOWFAST_MIRROR: expected an address that begins with https://, received ftp://mirror.',
    );
  });
});

it('keeps the cache where the platform has them', () => {
  expect(cacheFolder({ SLOWFAST_CACHE: '/c' }, 'linux')).toBe('/c');
  expect(cacheFolder({ HOME: '/h' }, 'linux')).toBe('/h/.cache/slowfast');
  expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/slowfast');
  expect(cacheFolder({ HOME: '/h' }, 'darwin')).toBe('/h/Library/Caches/slowfast');
  expect(cacheFolder({ LOCALAPPDATA: '/l' }, 'win32')).toBe('/l/slowfast/Cache');
  expect(
    [undefined, '', '0', 'false', '1'].map((SLOWFAST_OFFLINE) => isOffline({ SLOWFAST_OFFLINE })),
  ).toEqual([false, false, false, false, true]);
});

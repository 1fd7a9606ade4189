import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { studioServer, type StudioServer } from './studio-server.js';

let folder: string;
let server: StudioServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-studio-'));
  const page = join(folder, 'page');
  await mkdir(join(page, 'assets'), { recursive: true });
  await writeFile(join(page, 'index.html'), '<!doctype html><head><title>x</title></head>');
  await writeFile(join(page, 'assets/a.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'model.onnx'), 'bytes');
  const models = [
    { name: 'mine.onnx', path: join(folder, 'model.onnx') },
    { name: 'gone.onnx', path: join(folder, 'gone.onnx') },
  ];
  server = await studioServer({ page, port: 0, models });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** As a client that does not tidy paths up. */
const ask = (path: string, method = 'GET', host?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const headers = host ? { Host: host } : {};
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, body, headers: response.headers }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });

test('serves the page, marked as this machine’s, and its files', async () => {
  const { status, body, headers } = await ask('/');
  expect(status).toBe(200);
  expect(body).toContain('<head><meta name="slowfast-machine"');
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'x-content-type-options': 'nosniff',
  });
  expect(await ask('/assets/a.js?v=1')).toMatchObject({ status: 200, body: 'export {};' });
  expect(await ask('/assets/a.js', 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('lists the machine’s models and gives their bytes, not their paths', async () => {
  const { body } = await ask('/machine/models.json');
  expect(JSON.parse(body)).toEqual([
    { name: 'mine.onnx', url: './machine/models/0' },
    { name: 'gone.onnx', url: './machine/models/1' },
  ]);
  expect(await ask('/machine/models/0')).toMatchObject({ status: 200, body: 'bytes' });
  expect(await ask('/machine/models/1')).toMatchObject({ status: 404 });
  expect(await ask('/machine/models/7')).toMatchObject({ status: 404 });
});

test.each([
  ['/../secret.txt', 'GET', undefined, 404],
  ['/%2e%2e/secret.txt', 'GET', undefined, 404],
  ['/assets', 'GET', undefined, 404],
  ['/', 'POST', undefined, 405],
  // A name of another site that leads to this machine.
  ['/machine/models/0', 'GET', 'evil.example', 403],
  ['/machine/models/0', 'GET', 'localhost.evil.example', 403],
  ['/machine/models/0', 'GET', 'localhost:1234', 200],
])('%s by %s from %s: %i', async (path, method, host, status) => {
  expect((await ask(path, method, host)).status).toBe(status);
});

test('a page that was not built and a port that is taken are errors', async () => {
  await expect(studioServer({ page: join(folder, 'nowhere'), port: 0 })).rejects.toThrow(
    /expected the built page of the studio, received no index\.html/,
  );
  const port = Number(new URL(server.url).port);
  await expect(studioServer({ page: join(folder, 'page'), port })).rejects.toThrow(
    `port ${port}: expected a port that is free, received one that is taken`,
  );
});

/** @file The studio on this machine: its page, and the machine's own models, on the loopback interface alone. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { checkArguments, RuntimeError } from '@slowfast/core';
import { pageFiles } from './page-files.js';

/** A model of this machine: an .onnx file or a checkpoint. */
export interface StudioModel {
  /** What it is called in the page; its ending tells what it is. */
  readonly name: string;
  readonly path: string;
}

/** Options of {@link studioServer}. */
export interface StudioOptions {
  /** Beside the one that comes with the page; default none. */
  readonly models?: readonly StudioModel[];
  /** Default 8500; 0 is one that is free. */
  readonly port?: number;
  /** Another build of the page. */
  readonly page?: string;
}

/** A server that runs; `await using` ends it. */
export interface StudioServer extends AsyncDisposable {
  readonly url: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webm: 'video/webm',
};

const HEADERS = {
  // What a page needs to share memory between threads.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** What the page looks for to know that this machine has models for it. */
const MARK = '<meta name="slowfast-machine" content="models" />';

/**
 * Serves the studio on 127.0.0.1. Requests by another name than the machine's own are refused, so that no page of another
 * site can read models by a name that it makes lead here. Rejects with {@link RuntimeError} where the page was not built or
 * the port is taken.
 */
export async function studioServer(options: StudioOptions = {}): Promise<StudioServer> {
  checkArguments('studioServer', { options: [options, 'object'] });

  const { models = [], port = 8500, page } = options;
  const files = await pageFiles(page);
  const server = createServer((request, response) => {
    answer(request, response, files, models).catch(() => response.destroy());
  });
  await listening(server, port);
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new RuntimeError({
          site: `port ${port}`,
          expected: 'a port that is free',
          received: cause.code === 'EADDRINUSE' ? 'one that is taken' : cause.message,
          remedy: 'Choose another, or 0 for any that is free',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
}

const OWN_NAMES = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

async function answer(
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, string>,
  models: readonly StudioModel[],
): Promise<void> {
  const end = (status: number, type: string, body: string | Uint8Array): void => {
    response.writeHead(status, { ...HEADERS, 'Content-Type': type });
    response.end(method === 'HEAD' ? undefined : body);
  };
  if (!OWN_NAMES.test(headers.host ?? '')) return end(403, 'text/plain', 'Ask by localhost.\n');
  if (method !== 'GET' && method !== 'HEAD') return end(405, 'text/plain', 'GET or HEAD.\n');
  const [path = '/'] = url.split('?', 1);
  if (path === '/machine/models.json') {
    const list = models.map(({ name }, i) => ({ name, url: `./machine/models/${i}` }));
    return end(200, 'application/json', JSON.stringify(list));
  }
  const model = /^\/machine\/models\/(\d+)$/.exec(path);
  const file = model
    ? models[Number(model[1])]?.path
    : files.get(path === '/' ? '/index.html' : path);
  const stats = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || !stats?.isFile()) return end(404, 'text/plain', 'Not here.\n');
  if (file === files.get('/index.html')) {
    const html = await readFile(file, 'utf8');
    return end(200, TYPES['html']!, html.replace('<head>', `<head>${MARK}`));
  }
  const type = TYPES[file.split('.').at(-1)!] ?? 'application/octet-stream';
  response.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': stats.size });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

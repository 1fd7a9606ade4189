/** @file A machine that has no weights, and a server in the place of the hosts of published ones. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialWeights, writeSafetensors } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { startSlowfast, type Running } from './slowfast-process.js';

/** The weights that the server has. */
export const NAME = 'pyslowfast/slowonly-4x16-r50';

/** Where the server has them. */
export const PATH = '/pyslowfast/model_zoo/kinetics400/SLOWONLY_4x16_R50.pkl';

/** The whole network, in half the bytes: containers are told by their content, not by their name. */
export async function weightsFile(): Promise<Uint8Array> {
  const { graph } = catalogModel('slow-4x16-r50').model;
  const chunks: Uint8Array[] = [];
  const sink = { write: (chunk: Uint8Array) => Promise.resolve(void chunks.push(chunk.slice())) };
  await writeSafetensors(initialWeights(graph, { seed: 1 }), { sink, dtype: 'float16' });
  return Buffer.concat(chunks);
}

/** The host of weights, and a cache that is empty at first. */
export interface WeightsHost extends AsyncDisposable {
  readonly cache: string;
  /** What was asked for: `PATH whole` or `PATH resumed`. */
  readonly requests: readonly string[];
  /** The file, which may change. */
  content: Uint8Array;
  /** Called with the bytes of the file that were sent, before more are. */
  onSent: (bytes: number) => void;
  /** Starts the command with this cache and host. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
}

/** Starts the host, on a free port. */
export async function weightsHost(content: Uint8Array): Promise<WeightsHost> {
  const cache = await mkdtemp(join(tmpdir(), 'slowfast-command-pull-'));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { content } = host;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(`${request.url} ${from > 0 ? 'resumed' : 'whole'}`);
    if (request.url !== PATH) return void response.writeHead(404).end();
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"1"',
      'content-length': content.length - from,
      ...(from > 0 ? { 'content-range': range } : {}),
    });
    const send = (at: number): void => {
      if (response.destroyed) return;
      if (at >= content.length) return void response.end();
      const next = Math.min(content.length, at + 2 ** 20);
      response.write(content.subarray(at, next), (error) => {
        if (error) return;
        host.onSent(next);
        setTimeout(send, 1, next);
      });
    };
    send(from);
  });
  const host: WeightsHost = {
    cache,
    requests,
    content,
    onSent: () => undefined,
    start: (args, env = {}) =>
      startSlowfast(args, {
        SLOWFAST_CACHE: cache,
        SLOWFAST_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ...env,
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(cache, { recursive: true, force: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return host;
}

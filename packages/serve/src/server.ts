/** @file The server: who may ask, what is answered, and how it ends. */
import swagger from '@fastify/swagger';
import { RuntimeError } from '@slowfast/core';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { keyCheck, keyOf } from './access/api-keys.js';
import { checkCaller } from './access/callers.js';
import { tensorService } from './kserve/routes.js';
import { metrics } from './metrics.js';
import { documented, openApi } from './open-api.js';
import { settingsOf, type ServerOptions, type Settings } from './options.js';
import { RequestError, statusOf } from './request-error.js';
import { videoService } from './videos/routes.js';
import { ending, work, type Work } from './work.js';

/** A server that listens. */
export interface InferenceServer extends AsyncDisposable {
  /** Where it is reached: `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly port: number;
  /** Requests that it works on or that wait. */
  readonly inHand: number;
  /**
   * Takes no more requests, finishes those in hand, at most for so many milliseconds (default 30 000), and stops
   * listening. What is not done by then is answered with 503.
   */
  close(options?: { readonly grace?: number }): Promise<void>;
}

/** Milliseconds that requests in hand may take after the end was asked for. */
const GRACE = 30_000;

/**
 * Starts a server: KServe v2 for tensors, `/classify`, `/detect` and `/features` for videos, `/metrics`, `/openapi.json`. The
 * functions stay the caller's. Rejects with SpecError for options that make no sense, and with RuntimeError where it cannot
 * listen.
 *
 * @example
 * ```ts
 * await using classify = await videoClassifier({ weights: 'SLOWFAST_8x8_R50.pyth' });
 * await using server = await inferenceServer({ classify, port: 8000, keys: [process.env.KEY] });
 * ```
 */
export async function inferenceServer(options: ServerOptions): Promise<InferenceServer> {
  const settings = settingsOf(options);
  const books = work();
  const tensors = tensorService(settings, books);
  const videos = videoService(settings, books);
  const numbers = metrics({
    requests: () => tensors.requests,
    waitingRequests: () => tensors.waiting,
    videosAtWork: () => videos.house.working,
    videosWaiting: () => videos.house.waiting,
  });
  const app = application(settings);
  guard(app, settings, books);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    numbers.answered(route, reply.statusCode, reply.elapsedTime / 1000);
  });
  await app.register(swagger, {
    openapi: openApi(settings),
    transformObject: (made) => documented('openapiObject' in made ? made.openapiObject : {}),
  });
  app.get('/openapi.json', () => app.swagger());
  app.get('/metrics', async (_request, reply) => {
    reply.type(numbers.contentType);
    return numbers.text();
  });
  tensors.addTo(app, numbers);
  videos.addTo(app);
  const { host, port } = settings;
  await app.listen({ host, port }).catch(async (cause: NodeJS.ErrnoException) => {
    await app.close();
    throw new RuntimeError({
      site: `${host}:${port}`,
      expected: 'an address and port to listen on',
      received: cause.code === 'EADDRINUSE' ? 'a port that is in use' : cause.message,
      ...(cause.code === 'EADDRINUSE' ? { remedy: 'Take another, or 0 for one that is free' } : {}),
      cause,
    });
  });
  const address = app.server.address() as { readonly port: number };
  const close = async ({ grace = GRACE } = {}): Promise<void> => {
    // Before anything else, so that whoever looks for a server to ask goes elsewhere.
    await books.end(grace);
    setTimeout(() => app.server.closeAllConnections(), 500).unref();
    await app.close();
    await tensors[Symbol.asyncDispose]();
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    get inHand() {
      return books.inHand;
    },
    close: (how) => (closing ??= close(how)),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Bytes that are thrown away of the body of a request that was refused. */
const MOST_THROWN_AWAY = 2 ** 26;

/** The framework, within bounds of its own. */
function application({ timeLimit, silence }: Settings): FastifyInstance {
  const app = fastify({
    logger: false,
    trustProxy: false,
    // Answers in hand are finished by us.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    // A whole request, head and body; and a connection on which nothing happens.
    requestTimeout: timeLimit * 1000,
    connectionTimeout: (timeLimit + silence) * 1000,
    keepAliveTimeout: 30_000,
    http: {
      maxHeaderSize: 16_384,
      headersTimeout: Math.min(silence, timeLimit) * 1000,
      connectionsCheckingInterval: Math.min(1000, silence * 1000),
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true } },
    schemaErrorFormatter: ([error], place) => {
      const { instancePath, message = 'another value', params } = error!;
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      const name = extra ?? instancePath.slice(1);
      return new RequestError(400, {
        site: `${place === 'querystring' ? 'query' : place}: ${name.slice(0, 100)}`,
        expected: extra === undefined ? message : 'a parameter that there is',
        received: extra === undefined ? 'another value' : 'one that there is not',
        remedy: 'GET /openapi.json lists them',
      });
    },
  });
  app.server.maxConnections = 1024;
  // Bodies are read by who knows how large they may be.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return app;
}

/** Who may ask, and the form of errors. */
function guard(app: FastifyInstance, settings: Settings, books: Work): void {
  const { host, origins, onError } = settings;
  const isKnown = keyCheck(settings.keys);
  app.addHook('onRequest', async (request, reply) => {
    books.begin();
    reply.raw.once('close', () => books.done());
    reply.header('x-content-type-options', 'nosniff');
    const { headers, method } = request;
    checkCaller({ host, origins }, headers);
    if (headers.origin !== undefined) {
      reply.header('access-control-allow-origin', headers.origin).header('vary', 'origin');
      if (method === 'OPTIONS') return preflight(reply);
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new RequestError(415, {
        site: 'Content-Encoding',
        expected: 'a body as it is',
        received: encoding.slice(0, 40),
      });
    }
    const isHealth = request.url.startsWith('/v2/health/');
    if (!isHealth && !isKnown(keyOf(headers))) {
      reply.header('www-authenticate', 'Bearer');
      throw new RequestError(401, {
        site: 'Authorization',
        expected: 'an API key: Bearer KEY, or X-API-Key',
        received: keyOf(headers) === undefined ? 'none' : 'another',
      });
    }
    if (books.isEnding && method !== 'GET') throw ending();
    return undefined;
  });
  app.setNotFoundHandler((request) => {
    throw new RequestError(404, {
      site: `${request.method} ${request.url.slice(0, 200)}`,
      expected: 'a path that there is',
      received: 'another',
      remedy: 'GET /openapi.json lists them',
    });
  });
  app.setErrorHandler((error, request, reply) => failed(error, request, reply, onError));
}

async function preflight(reply: FastifyReply): Promise<FastifyReply> {
  return reply
    .header('access-control-allow-methods', 'GET, POST')
    .header(
      'access-control-allow-headers',
      'authorization, x-api-key, content-type, accept, inference-header-content-length',
    )
    .header('access-control-max-age', '600')
    .code(204)
    .send();
}

function failed(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onError: (error: unknown) => void,
): FastifyReply {
  const status = statusOf(error);
  if (status >= 500 && !(error instanceof RequestError)) onError(error);
  if (error instanceof RequestError && error.retryAfter !== undefined) {
    reply.header('retry-after', error.retryAfter);
  }
  // What a client goes on sending is thrown away, so that it reads its answer; but not without end.
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (!request.raw.complete && length > MOST_THROWN_AWAY) reply.header('connection', 'close');
  const message = status === 500 ? 'internal error' : (error as Error).message;
  return reply.code(status).type('application/json').send({ error: message });
}

/** @file `POST /classify`, `/detect` and `/features` of a video in the body or at a URL. */
import { SlowFastError } from '@slowfast/core';
import { openVideo } from '@slowfast/video';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { house, type House } from '../admission.js';
import type { Settings } from '../options.js';
import { RequestError, badRequest, statusOf } from '../request-error.js';
import type { Work } from '../work.js';
import { eventStream } from './event-stream.js';
import { QUERIES } from './parameters.js';
import { remoteVideo } from './remote-video.js';
import { tasksOf, type Query, type Task } from './tasks.js';
import { spooled, tooLarge, type VideoFile } from './video-file.js';

/** The part of a server that videos go through. */
export interface VideoService {
  readonly house: House;
  /** Adds the routes. */
  addTo(app: FastifyInstance): void;
}

/** Bytes of the JSON that names a URL. */
const MOST_JSON = 16_384;

/** Serves the functions of the settings. */
export function videoService(settings: Settings, work: Work): VideoService {
  const { jobs, queue, timeLimit, maxVideoBytes, silence, remote, maxFrames } = settings;
  const videos = house('videos', jobs, queue);
  const tasks = tasksOf(settings);

  async function videoOf(request: FastifyRequest, signal: AbortSignal): Promise<VideoFile> {
    const { raw, headers } = request;
    const bounds = { maxBytes: maxVideoBytes, silence: silence * 1000, signal };
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (type.startsWith('multipart/')) {
      throw new RequestError(415, {
        site: 'Content-Type',
        expected: 'the bytes of a video as the whole body, or JSON with a url',
        received: type.slice(0, 100),
        remedy: 'With curl: --data-binary @clip.mp4',
      });
    }
    if (type !== 'application/json') {
      const length = Number(headers['content-length'] ?? 0);
      if (length > maxVideoBytes) throw tooLarge('video', maxVideoBytes, `${length}`);
      return spooled(raw, bounds);
    }
    let text = '';
    for await (const chunk of raw.setEncoding('utf8')) {
      text += chunk as string;
      if (text.length > MOST_JSON) throw tooLarge('request', MOST_JSON, 'more');
    }
    return remoteVideo(urlOf(text), remote, bounds);
  }

  /** From the body to the result; the file is gone afterwards. */
  async function result(
    task: Task,
    request: FastifyRequest,
    file: VideoFile,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<object> {
    try {
      await using video = await openVideo(file.path, { maxFrames, signal });
      const value = await task(video, request.query as Query, { signal, onProgress });
      return withoutPath(value, file.path);
    } catch (error) {
      signal.throwIfAborted();
      throw named(error, file.path);
    }
  }

  async function answer(
    task: Task,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    using place = videos.enter();
    const signal = work.signalFor(reply, timeLimit);
    await using file = await videoOf(request, signal);
    if (!/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
      await place.turn(signal);
      return await result(task, request, file, signal, () => undefined);
    }
    const events = eventStream();
    reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no');
    void reply.send(events.stream);
    try {
      events.progress({ stage: 'waiting', ahead: videos.waiting - 1 });
      await place.turn(signal);
      const value = await result(task, request, file, signal, (done, total) =>
        events.progress({ stage: 'running', done, total }),
      );
      events.end('result', value);
    } catch (error) {
      const status = statusOf(error);
      if (status === 500) settings.onError(error);
      events.end('error', { status, error: status === 500 ? 'internal error' : messageOf(error) });
    }
    return reply;
  }

  return {
    house: videos,
    addTo(app) {
      for (const path of ['classify', 'detect', 'features'] as const) {
        const task = tasks.get(path);
        app.post(`/${path}`, { schema: { querystring: QUERIES[path] } }, (request, reply) => {
          if (task) return answer(task, request, reply);
          throw new RequestError(404, {
            site: `/${path}`,
            expected: `a server with the option ${path}`,
            received: 'one without it',
          });
        });
      }
    },
  };
}

const json = v.object({ url: v.pipe(v.string(), v.maxLength(4096)) });

function urlOf(text: string): string {
  try {
    return v.parse(json, JSON.parse(text)).url;
  } catch (error) {
    throw badRequest('request', 'JSON with a url', (error as Error).message.slice(0, 200));
  }
}

const messageOf = (error: unknown): string => (error as Error).message;

/** What a client is told names the video, not where it lies. */
const NAME = 'video';

function named(error: unknown, path: string): unknown {
  if (!(error instanceof SlowFastError) || !error.message.includes(path)) return error;
  const { site, expected, received, remedy } = error;
  const withoutPath = (text: string): string => text.replaceAll(path, NAME);
  return new RequestError(statusOf(error), {
    ...{
      site: withoutPath(site),
      expected: withoutPath(expected),
      received: withoutPath(received),
    },
    ...(remedy === undefined ? {} : { remedy: withoutPath(remedy) }),
    cause: error,
  });
}

function withoutPath<T extends object>(value: T, path: string): T {
  const { warnings } = value as { readonly warnings?: readonly string[] };
  if (!warnings) return value;
  return { ...value, warnings: warnings.map((text) => text.replaceAll(path, NAME)) };
}

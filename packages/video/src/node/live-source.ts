/**
 * @file Frames of what plays now (streams, cameras) through the ffmpeg command. They come as PPM pictures, whose
 * headers tell their size; their times are those at which they arrive.
 */
import { MediaError } from '@slowfast/core';
import type { LiveFrame } from '../live/live-clips.js';
import { commandBytes, type Ending } from './ffmpeg-process.js';
import { originProxy, type OriginProxy } from './origin-proxy.js';
import { PpmReader } from './ppm.js';

/** Options of the package's `liveFrames`. */
export interface LiveSourceOptions {
  /** ffmpeg's name of the device or stream format where the source does not tell (`v4l2`, `avfoundation`). */
  readonly format?: string;
  /**
   * Protocols of ffmpeg that the source, and what a playlist in it names, may use, on any host; default: those of the
   * source itself, and for HTTP its own host and port alone.
   */
  readonly protocols?: readonly string[];
  /** Seconds without a frame after which the source is given up; default 30. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Standard input, as a source. */
const STDIN = '-';

/** What each protocol needs beneath it, and no more. */
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  http: ['http', 'tcp', 'crypto', 'data'],
  https: ['https', 'http', 'httpproxy', 'tls', 'tcp', 'crypto', 'data'],
  rtsp: ['rtsp', 'rtp', 'udp', 'tcp'],
  rtsps: ['rtsps', 'rtsp', 'rtp', 'srtp', 'udp', 'tcp', 'tls'],
  rtmp: ['rtmp', 'tcp'],
  rtmps: ['rtmps', 'rtmp', 'tls', 'tcp'],
  rtp: ['rtp', 'udp'],
  tls: ['tls', 'tcp'],
};

/** Frames of a URL or device until it ends or is stopped. */
export async function* ffmpegFrames(
  source: string,
  { format, protocols, timeout = 30, signal }: LiveSourceOptions,
): AsyncGenerator<LiveFrame, void, undefined> {
  const scheme = schemeOf(source);
  const isHttp = scheme === 'http' || scheme === 'https';
  await using proxy = isHttp && !protocols ? await originProxy(new URL(source)) : undefined;
  const args = [
    ...['-v', 'error', '-nostdin', '-fflags', 'nobuffer'],
    ...['-protocol_whitelist', (protocols ?? ownProtocols(scheme, source)).join(',')],
    ...(format === undefined ? [] : ['-f', format]),
    ...['-i', source === STDIN ? 'pipe:0' : source],
    ...['-map', '0:V:0', '-f', 'image2pipe', '-c:v', 'ppm', '-pix_fmt', 'rgb24', '-'],
  ];
  const reader = new PpmReader(source);
  const stall = new AbortController();
  const bytes = commandBytes(
    'ffmpeg',
    args,
    signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    { stdin: source === STDIN ? 0 : 'ignore', env: proxy ? proxied(proxy) : process.env },
  );
  let [startedAt, last, frames] = [NaN, -Infinity, 0];
  const stalled = (): void => {
    const received =
      frames > 0 ? `none for ${timeout} s after ${frames} of them` : `none in ${timeout} s`;
    stall.abort(
      new MediaError({
        site: source,
        expected: 'frames',
        received,
        remedy: 'Check whether the source still sends, or wait longer by --timeout',
      }),
    );
  };
  try {
    for (;;) {
      const timer = setTimeout(stalled, timeout * 1000);
      const { value, done } = await bytes.next().finally(() => clearTimeout(timer));
      if (done) {
        const reason = ending(value, frames, proxy);
        if (reason === undefined) return;
        throw frames === 0 ? unreachable(source, reason) : broken(source, reason, frames);
      }
      for (const image of reader.add(value)) {
        const now = performance.now() / 1000;
        if (frames++ === 0) startedAt = now;
        // Several may come at once.
        last = Math.max(now - startedAt, last + 1e-6);
        yield { ...image, time: last };
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw unreachable(source, 'no ffmpeg, which plays streams and devices');
  } finally {
    await bytes.return({ code: null, errors: '' });
  }
}

/** `https` of `https://…`; `undefined` for a path or device. */
const schemeOf = (source: string): string | undefined =>
  /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1]?.toLowerCase();

function ownProtocols(scheme: string | undefined, source: string): readonly string[] {
  if (source === STDIN) return ['pipe'];
  return scheme === undefined ? ['file'] : (PROTOCOLS[scheme] ?? [scheme]);
}

const proxied = ({ url }: OriginProxy): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ http_proxy: url, https_proxy: url, no_proxy: '' },
});

/** What ffmpeg says of a connection that breaks while it plays, after which it exits as if all were well. */
const BREAKS =
  /prematurely|reset by peer|timed out|Input\/output error|Error during demuxing|Broken pipe/i;

/** Why a source ended that should not have; `undefined` for one that came to its end. */
function ending(
  { code, errors }: Ending,
  frames: number,
  proxy: OriginProxy | undefined,
): string | undefined {
  const trouble = proxy?.trouble();
  if (trouble !== undefined) return trouble;
  const lines = errors.trim().split('\n').map(plain);
  if (frames > 0 && code === 0) return lines.find((line) => BREAKS.test(line));
  return lines[0] || (frames > 0 || code !== 0 ? `exit code ${code}` : 'no frame');
}

/** Without `[http @ 0x55d0c8]`. */
const plain = (line: string): string => line.replace(/^(\[[^\]]*\] ?)+/, '').trim();

const unreachable = (site: string, received: string): MediaError =>
  new MediaError({
    site,
    expected: 'a stream or device that ffmpeg can play',
    received,
    remedy: 'Put ffmpeg on the PATH or name it in FFMPEG_PATH, and check the source with it',
  });

const broken = (site: string, received: string, frames: number): MediaError =>
  new MediaError({
    site,
    expected: 'a source that ends by itself',
    received: `${received} after ${frames} frames`,
    remedy: 'Start again when the source is back',
  });

/** @file A connection to Redis or Valkey: refused with a reason at first, kept through interruptions after that. */
import { Redis } from 'ioredis';
import { RuntimeError, SpecError } from '@slowfast/core';

/** How a server is reached. */
export interface ServerOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly redis: string;
  /** Milliseconds until a server that does not answer is given up at first; default 5000. */
  readonly connectTimeout?: number;
}

/** Milliseconds between attempts to connect again: more each time, up to this. */
const LONGEST_PAUSE = 2000;

/** An address without its credentials, for messages. */
export function redactedUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/\/\/[^@/]*@/, '//***@');
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  if (parsed.username !== '') parsed.username = '***';
  return parsed.href.replace(/[?#].*$/, '');
}

/**
 * Connects to a server. Rejects with {@link SpecError} for an address that is none, and with {@link RuntimeError}, without
 * credentials, where the server cannot be reached or refuses them. After that it connects again whenever it is cut off,
 * and commands wait for it.
 */
export async function connect({
  redis: url,
  connectTimeout = 5000,
}: ServerOptions): Promise<Redis> {
  const site = redactedUrl(url);
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new SpecError({
      site: 'redis',
      expected: 'an address such as redis://host:6379 or rediss://user:password@host:6380',
      received: `'${site}'`,
    });
  }
  let isReady = false;
  let cause: Error | undefined;
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout,
    retryStrategy: (attempt) => (isReady ? Math.min(100 * 2 ** attempt, LONGEST_PAUSE) : null),
  });
  client.on('error', (error) => (cause ??= error));
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), connectTimeout);
    });
    await Promise.race([client.connect().then(() => client.ping()), late]);
    isReady = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw unreachable(site, cause ?? (error as Error));
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(site: string, cause: Error): RuntimeError {
  const isRefused = /WRONGPASS|NOAUTH|NOPERM|invalid password|invalid username/i.test(
    cause.message,
  );
  return new RuntimeError({
    site,
    expected: isRefused
      ? 'a server that takes these credentials'
      : 'a server of Redis or Valkey that answers',
    received: (cause.message || (cause as NodeJS.ErrnoException).code || 'nothing').replace(
      /\.$/,
      '',
    ),
    remedy: isRefused
      ? 'Put user and password into the address: redis://user:password@host, best by SLOWFAST_REDIS, which no list of processes shows'
      : /certificate/i.test(cause.message)
        ? 'NODE_EXTRA_CA_CERTS names a file with the certificate of an authority of your own'
        : 'Start one (redis-server --appendonly yes), or mend the address; rediss:// is for TLS',
    cause,
  });
}

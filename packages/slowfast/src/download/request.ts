/** @file One request of a download: redirects that stay where they may, the proxies of the environment, a limit of silence. */
import { SpecError } from '@slowfast/core';

/** Redirects that are followed. */
const MOST_REDIRECTS = 10;
/** Milliseconds without a byte after which an attempt is given up. */
const SILENCE = 30_000;

/** What a request is made with. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the host of the URL alone, never where it redirects to. */
  readonly token?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which the attempt fails; default 30 seconds. */
  readonly silence?: number;
}

/** An answer whose body is read by `chunks`, and where it came from in the end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  /** The body, a piece at a time; rejects with {@link NetworkError} where it breaks off or falls silent. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Ends the connection. */
  close(): void;
}

/** A failure on the way, after which another attempt may succeed. */
export class NetworkError extends Error {
  override name = 'NetworkError';
}

/**
 * Sends a GET request. Rejects with {@link SpecError} for a URL or a redirect of another scheme than the web's, or to a
 * less safe one, with {@link NetworkError} for what may go away, and with the signal's reason.
 */
export async function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { headers = {}, token, signal, silence = SILENCE } = options;
  const send = await sender();
  let target = webUrl(url, 'URL');
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), silence);
    const isFirst = target.host === new URL(url).host;
    const response = await send(target, {
      redirect: 'manual',
      headers: {
        'accept-encoding': 'identity',
        ...headers,
        ...(token !== undefined && isFirst ? { authorization: `Bearer ${token}` } : {}),
      },
      signal: signal ? AbortSignal.any([signal, quiet.signal]) : quiet.signal,
    }).catch((error: unknown) => {
      throw failure(error, target, signal, silence);
    });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      clearTimeout(timer);
      await response.body?.cancel();
      target = redirected(target, location);
      continue;
    }
    const close = (): void => {
      clearTimeout(timer);
      quiet.abort();
    };
    return {
      status: response.status,
      headers: response.headers,
      url: target.href,
      close,
      async *chunks() {
        try {
          for await (const chunk of response.body ?? []) {
            clearTimeout(timer);
            timer = setTimeout(() => quiet.abort(), silence);
            yield chunk;
          }
        } catch (error) {
          throw failure(error, target, signal, silence);
        } finally {
          close();
        }
      },
    };
  }
  throw new NetworkError(`${url}: more than ${MOST_REDIRECTS} redirects`);
}

type Send = (url: URL, init: RequestInit) => Promise<Response>;

const PROXIES = [
  'https_proxy',
  'HTTPS_PROXY',
  'http_proxy',
  'HTTP_PROXY',
  'all_proxy',
  'ALL_PROXY',
];
let proxied: Promise<Send> | undefined;

/** The platform's `fetch`, or one that goes by the proxies which the environment names. */
async function sender(): Promise<Send> {
  const environment = globalThis.process?.env ?? {};
  if (!PROXIES.some((name) => environment[name])) return (url, init) => fetch(url, init);
  proxied ??= import('undici').then(({ EnvHttpProxyAgent, fetch: fetchBy }) => {
    const dispatcher = new EnvHttpProxyAgent();
    return ((url: URL, init: RequestInit) =>
      fetchBy(url, { ...init, dispatcher } as Parameters<typeof fetchBy>[1])) as unknown as Send;
  });
  return proxied;
}

const WEB: ReadonlySet<string> = new Set(['http:', 'https:']);

function webUrl(text: string, site: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && WEB.has(url.protocol)) return url;
  throw new SpecError({ site, expected: 'an address that begins with https://', received: text });
}

/** Where a redirect leads; never from a safe connection to another, nor out of the web. */
function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to && (to.protocol === from.protocol || to.protocol === 'https:')) return to;
  throw new SpecError({
    site: from.href,
    expected: `a redirect that stays with ${from.protocol}//`,
    received: `one to ${location}`,
    remedy: 'The address is wrong or its server is not to be trusted',
  });
}

function failure(
  error: unknown,
  url: URL,
  signal: AbortSignal | undefined,
  silence: number,
): unknown {
  if (signal?.aborted) return signal.reason;
  const isQuiet = (error as Error).name === 'AbortError';
  const { cause } = error as { cause?: { message?: string; code?: string } };
  const text = isQuiet
    ? `no byte for ${silence / 1000} s`
    : cause?.message || cause?.code || (error as Error).message;
  return new NetworkError(`${url.host}: ${text}`);
}

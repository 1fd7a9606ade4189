/** @file Videos that a client names by URL: from hosts that are allowed, at public addresses. */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { isIP } from 'node:net';
import { RequestError } from '../request-error.js';
import { isPublicAddress } from './public-address.js';
import { spooled, tooLarge, type VideoBounds, type VideoFile } from './video-file.js';

/** Redirects that are followed. */
const MOST_REDIRECTS = 5;

/** From where videos are fetched. */
export interface RemoteVideos {
  /** Hosts (`videos.example.com`, with a port unless it is the scheme's), or `*` for all that are public. */
  readonly hosts: readonly string[];
  /** Which addresses may be connected to; default: those of the public network. */
  readonly isAllowedAddress?: (address: string) => boolean;
  /** Resolves names; default: as the system does. */
  readonly lookup?: Lookup;
}

/** Resolves a name to all of its addresses. */
export type Lookup = (
  name: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

const lookupAll: Lookup = (name, done) =>
  systemLookup(name, { all: true }, (error, addresses) => done(error, addresses));

/**
 * Fetches a video. Each address is checked as it is connected to, so that a name which resolves to another one a moment
 * later leads nowhere else; each redirect is checked as the URL is. Rejects with a RequestError: 403 for what is not
 * allowed, 422 for what cannot be fetched, 413 for what is too large.
 */
export async function remoteVideo(
  text: string,
  remote: RemoteVideos,
  bounds: VideoBounds,
): Promise<VideoFile> {
  let url = checkedUrl(text, remote);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await answered(url, remote, bounds);
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400 && headers.location !== undefined) {
      response.destroy();
      url = checkedUrl(redirected(url, headers.location), remote);
      continue;
    }
    try {
      if (status !== 200) throw unfetched('status 200', `status ${status}`);
      const encoding = headers['content-encoding'] ?? 'identity';
      if (encoding !== 'identity') {
        throw unfetched('bytes as they are', `content-encoding ${encoding.slice(0, 40)}`);
      }
      const length = Number(headers['content-length'] ?? 0);
      if (length > bounds.maxBytes) throw tooLarge('video', bounds.maxBytes, `${length}`);
      return await spooled(response, bounds).catch((error: unknown) => {
        if (error instanceof RequestError || bounds.signal.aborted) throw error;
        throw unfetched('a whole file', (error as Error).message);
      });
    } finally {
      response.destroy();
    }
  }
  throw unfetched(`at most ${MOST_REDIRECTS} redirects`, 'more');
}

/** A URL of a host that is allowed; throws a RequestError of status 403 for others. */
function checkedUrl(
  text: string,
  { hosts, isAllowedAddress = isPublicAddress }: RemoteVideos,
): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '') {
    throw forbidden('an address that begins with https://', text.slice(0, 200));
  }
  const isListed = hosts.includes('*') || hosts.includes(url.host);
  if (!isListed) {
    const expected = hosts.length === 0 ? 'a video as the body: URLs are off' : hosts.join(' or ');
    throw forbidden(expected, url.host.slice(0, 200));
  }
  // What is an address already is never looked up.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isAllowedAddress(literal)) throw privateAddress();
  return url;
}

function redirected(from: URL, location: string): string {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to && (to.protocol === from.protocol || to.protocol === 'https:')) return to.href;
  throw forbidden(`a redirect that stays with ${from.protocol}//`, location.slice(0, 200));
}

/** The head of an answer; its body is read by whoever asked. */
function answered(url: URL, remote: RemoteVideos, bounds: VideoBounds): Promise<IncomingMessage> {
  const { isAllowedAddress = isPublicAddress, lookup = lookupAll } = remote;
  const { signal, silence } = bounds;
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      agent: false,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'slowfast-serve' },
      lookup: (name: string, options: { all?: boolean }, done: LookupCallback) =>
        lookup(name, (error, addresses) => {
          const allowed = addresses?.filter(({ address }) => isAllowedAddress(address)) ?? [];
          if (error) done(error, []);
          else if (allowed.length === 0) done(privateAddress(), []);
          else if (options.all) done(null, allowed);
          else done(null, allowed[0]!.address, allowed[0]!.family);
        }),
    } as RequestOptions;
    const request = (url.protocol === 'https:' ? getHttps : getHttp)(url, options, (response) => {
      // From here on the silence of the body counts.
      request.setTimeout(0);
      resolve(response);
    });
    request.setTimeout(silence, () =>
      request.destroy(new Error(`no byte for ${silence / 1000} s`)),
    );
    request.on('socket', (socket) =>
      socket.on('connect', () => {
        // What counts is where the connection leads, whatever a name was resolved to.
        const { remoteAddress = '' } = socket;
        if (!isAllowedAddress(remoteAddress)) request.destroy(privateAddress());
      }),
    );
    request.on('error', (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else reject(error instanceof RequestError ? error : unfetched('an answer', error.message));
    });
  });
}

type LookupCallback = (
  error: Error | null,
  address: string | readonly LookupAddress[],
  family?: number,
) => void;

const forbidden = (expected: string, received: string): RequestError =>
  new RequestError(403, { site: 'url', expected, received });

/** Which address it is, is nobody's business. */
const privateAddress = (): RequestError =>
  forbidden('a host at a public address', 'one at a private address');

const unfetched = (expected: string, received: string): RequestError =>
  new RequestError(422, { site: 'url', expected, received });

/** @file Pages that may ask: none but those that are named, also not by a name that leads to this machine. */
import { isIP } from 'node:net';
import { RequestError } from '../request-error.js';

/** What decides. */
export interface CallerOptions {
  /** Where the server listens. */
  readonly host: string;
  /** Origins of pages that may ask: `https://app.example.com`. */
  readonly origins: readonly string[];
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i;

/** The name in a `Host` header, without the port. */
const hostName = (header: string): string => header.replace(/:\d+$/, '');

/**
 * Throws a RequestError of status 403 for a page of another origin, and, where only this machine is listened to, for a
 * request by another name: that is how a page whose name was made to lead here would ask.
 */
export function checkCaller(
  { host, origins }: CallerOptions,
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
): void {
  const { origin } = headers;
  if (origin !== undefined && !origins.includes(origin)) {
    throw new RequestError(403, {
      site: 'Origin',
      expected: origins.length === 0 ? 'no page of a browser' : origins.join(' or '),
      received: origin.slice(0, 200),
      remedy: 'Allow the page by the option origins (--origin)',
    });
  }
  const name = hostName(headers.host ?? '');
  if (!isLoopback(host) || LOOPBACK.test(name)) return;
  throw new RequestError(403, {
    site: 'Host',
    expected: 'localhost or 127.0.0.1, where this server listens',
    received: name.slice(0, 200),
  });
}

/** Whether an address or name that is listened on is that of this machine alone. */
export const isLoopback = (host: string): boolean =>
  LOOPBACK.test(isIP(host) === 6 ? `[${host}]` : host);

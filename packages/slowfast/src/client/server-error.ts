/** @file What a server answers that does not do what it was asked. */
import { RuntimeError, firstLine } from '@slowfast/core';

/** A request that a server refused, or failed at. */
export class ServerError extends RuntimeError {
  override name = 'ServerError';
  /** The status of the answer. */
  readonly status: number;
  /** Seconds after which another try makes sense, where the server says it. */
  readonly retryAfter: number | undefined;

  /** `message` is the server's own. */
  constructor(site: string, status: number, message: string, retryAfter?: number) {
    super({
      site,
      expected: 'an answer of the server',
      received: `status ${status}: ${message.replace(/\.$/, '')}`,
      ...(retryAfter === undefined ? {} : { remedy: `Try again in ${retryAfter} s` }),
    });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Sends a request; rejects with {@link ServerError} for an answer that says no, with RuntimeError where none comes. */
export async function answered(send: typeof fetch, url: URL, init: RequestInit): Promise<Response> {
  const site = `${init.method ?? 'GET'} ${url.href}`;
  const response = await send(url, { redirect: 'error', ...init }).catch((cause: unknown) => {
    if (init.signal?.aborted) throw init.signal.reason;
    const { cause: reason } = cause as { cause?: unknown };
    throw new RuntimeError({
      site,
      expected: 'a server that answers',
      received: firstLine(reason ?? cause) || firstLine(cause),
      cause,
    });
  });
  if (response.ok) return response;
  const text = await response.text();
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  throw new ServerError(
    site,
    response.status,
    messageIn(text),
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

/** The message in an answer as KServe has it: `{ "error": … }`. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not every server that stands between speaks JSON.
  }
  return text.slice(0, 500) || 'no message';
}

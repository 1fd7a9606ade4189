/**
 * @file A proxy through which ffmpeg reaches one host and port and no other: whatever a playlist or a redirect of a
 * remote source asks for.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The proxy, on the loopback interface alone. */
export interface OriginProxy extends AsyncDisposable {
  /** What ffmpeg takes from `http_proxy`. */
  readonly url: string;
  /** What was refused, or broke, first. */
  trouble(): string | undefined;
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Host and port of a URL: `example.org:443`. */
export const originOf = ({ protocol, hostname, port }: URL): string =>
  `${hostname.toLowerCase()}:${port || PORTS[protocol]}`;

const parsedUrl = (text: string): URL | undefined =>
  URL.canParse(text) ? new URL(text) : undefined;

/** What is heard of connections to the source. */
interface Connection {
  readonly onAnswer: () => void;
  readonly onBreak: () => void;
  readonly onFailure: (error: NodeJS.ErrnoException) => void;
}

/** Starts a proxy for the host and port of a source. */
export async function originProxy(source: URL): Promise<OriginProxy> {
  const allowed = originOf(source);
  const sockets = new Set<Duplex>();
  let trouble: string | undefined;
  let hasAnswered = false;
  const connection: Connection = {
    onAnswer: () => (hasAnswered = true),
    onBreak: () => (trouble ??= 'a connection that broke before the answer was whole'),
    // Later ones are tried again.
    onFailure: ({ code, message }) => {
      if (!hasAnswered) trouble ??= `a source that cannot be reached (${code ?? message})`;
    },
  };
  const isAllowed = (origin: string): boolean => {
    if (origin === allowed) return true;
    trouble ??= `a request for ${origin}, which is another host or port (--allow-protocols http,https,tls,tcp lets it)`;
    return false;
  };
  const server = createServer((incoming, response) => {
    const target = parsedUrl(incoming.url ?? '');
    if (target?.protocol !== 'http:' || !isAllowed(originOf(target))) {
      response.writeHead(403).end();
      return;
    }
    forward(target, incoming, response, connection);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    const target = parsedUrl(`https://${url}`);
    if (!target || !isAllowed(originOf(target))) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    tunnel(target, socket, head, connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    trouble: () => trouble,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function forward(
  target: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
  { onAnswer, onBreak, onFailure }: Connection,
): void {
  let isOver = false;
  const { method, headers } = incoming;
  const outgoing = request(target, { method, headers }, (answer) => {
    onAnswer();
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    // A source that dies is to be seen as one.
    answer.on('error', () => {
      if (!isOver) onBreak();
      response.destroy();
    });
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (!isOver) onFailure(error);
    response.destroy();
  });
  response.on('close', () => {
    isOver = true;
    outgoing.destroy();
  });
  incoming.pipe(outgoing);
}

function tunnel(
  { hostname, port }: URL,
  socket: Duplex,
  head: Buffer,
  { onAnswer, onFailure }: Connection,
): void {
  // An address of IPv6 stands between brackets.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const outgoing = connect(Number(port || 443), host, () => {
    onAnswer();
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    outgoing.write(head);
    outgoing.pipe(socket).pipe(outgoing);
  });
  outgoing.on('error', (error) => {
    onFailure(error);
    socket.destroy();
  });
  outgoing.on('close', () => socket.destroy());
  socket.on('close', () => outgoing.destroy());
}

/** @file A server of Redis or Valkey for tests: one of their own, with its append-only file, that they may stop and start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';

/** A server that a test started. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Ends it, as `service redis-server stop` does. */
  stop(): Promise<void>;
  /** Starts it again, with what its file has. */
  start(): Promise<void>;
}

/** Starts a server, with a password where one is given. */
export async function redisServer(password?: string): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = ['--port', `${port}`, '--dir', folder, '--bind', '127.0.0.1'];
    const file = ['--save', '', '--appendonly', 'yes'];
    const lock = password === undefined ? [] : ['--requirepass', password];
    child = spawn(process.env['SLOWFAST_REDIS_SERVER'] ?? 'redis-server', [
      ...[...settings, ...file, ...lock],
    ]);
    child.stdout!.resume();
    const failure = once(child, 'error').then(([cause]) => {
      throw new Error(
        'redis-server: expected on the PATH, or valkey-server by SLOWFAST_REDIS_SERVER. Run apt-get install redis-server',
        { cause },
      );
    });
    await Promise.race([answering(port), failure]);
  };
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null) return;
    const over = once(child, 'exit');
    child.kill('SIGTERM');
    await over;
  };
  await start();
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when something takes connections, within ten seconds. */
async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`no server at port ${port}`);
}

/** A wire between workers and a server, which a test may cut. */
export interface Wire extends AsyncDisposable {
  readonly url: string;
  /** Cuts all connections, and lets none come for so many milliseconds. */
  cut(milliseconds: number): Promise<void>;
}

/** Lays a wire to a port of this machine. */
export async function wireTo(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).pipe(other);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroy = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async cut(milliseconds) {
      isCut = true;
      destroy();
      await sleep(milliseconds);
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      isCut = true;
      destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

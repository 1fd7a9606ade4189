import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileLock } from './file-lock.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-lock-'));
  path = join(folder, '.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('one holder at a time, who is named; then the next', async () => {
  const lock = await fileLock(path);
  await expect(fileLock(path)).rejects.toThrow(
    `${path}: expected a lock that is free, received one of process ${process.pid} on ${hostname()}. ` +
      'Wait for it to end, or choose another folder.',
  );
  const next = fileLock(path, { wait: 5000 });
  await lock.release();
  await (await next).release();
  expect(await readdir(folder)).toEqual([]);
});

test('a lock outlives no process', async () => {
  // A process that ends at once: its number is free again, or another's that began later.
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid!;
  await new Promise((resolve) => child.once('exit', resolve));
  const holder = { host: hostname(), pid, began: '1', token: 'a' };
  await writeFile(path, JSON.stringify(holder));
  await (await fileLock(path)).release();
  // The number of a living process that began at another time.
  await writeFile(path, JSON.stringify({ ...holder, pid: process.pid }));
  await (await fileLock(path)).release();
});

test('a holder on another machine is believed as long as it gives signs of life', async () => {
  await writeFile(path, JSON.stringify({ host: 'elsewhere.', pid: 1, began: null, token: 'b' }));
  await expect(fileLock(path)).rejects.toThrow('received one of process 1 on elsewhere.');
  const before = new Date(Date.now() - 120_000);
  await utimes(path, before, before);
  await (await fileLock(path)).release();
});

test('of many that wait, each has it once', async () => {
  let [inside, most, turns] = [0, 0, 0];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await fileLock(path, { wait: Infinity });
      most = Math.max(most, ++inside);
      turns += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      await lock.release();
    }),
  );
  expect([most, turns]).toEqual([1, 8]);
});

test('an abort ends waiting', async () => {
  const lock = await fileLock(path);
  const waiting = fileLock(path, { wait: Infinity, signal: AbortSignal.timeout(50) });
  await expect(waiting).rejects.toThrow('timeout');
  await lock.release();
});

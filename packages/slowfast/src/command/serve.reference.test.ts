/** @file `slowfast serve` that is ended while it works: the grace, and a second signal. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverClient } from '../index.js';
import { needBuild, startServer } from './testing/slowfast-process.js';

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/handshake_s09_c52.avi', import.meta.url),
);

let folder: string;
beforeAll(needBuild);
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-command-serve-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what takes longer than the grace is told so; a second signal ends it at once', async () => {
  const first = await startServer(folder, '--features', 'none', '--grace', '0.1');
  const task = serverClient({ url: first.url }).classify(VIDEO, { views: '900x1' });
  await expect(
    (async () => {
      for await (const step of task) {
        if (step.stage === 'running' && step.done === 1) first.child.kill('SIGINT');
      }
    })(),
  ).rejects.toThrow('server: expected a server that goes on, received one that is ending');
  expect((await first.ended).code).toBe(0);
  const second = await startServer(folder, '--features', 'none');
  const other = serverClient({ url: second.url }).classify(VIDEO, { views: '900x1' });
  await expect(
    (async () => {
      for await (const step of other) {
        if (step.stage !== 'running' || step.done !== 1) continue;
        second.child.kill('SIGINT');
        setTimeout(() => second.child.kill('SIGINT'), 50);
      }
    })(),
  ).rejects.toThrow();
  expect((await second.ended).code).toBe(130);
});
